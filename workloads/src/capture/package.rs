//! The name of a kernel's Debian package.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::Deserialize;

/// A Debian package by its suite and the name that stays while versions move: `bookworm/linux-image-amd64`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Package {
    /// The suite, such as `bookworm-backports`.
    pub suite: String,
    /// The name.
    pub name: String,
}

impl FromStr for Package {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // These end up in a configuration of apt's and in names of files.
        let word = |text: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
            text.bytes().all(plain) && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        };
        match text.split_once('/') {
            Some((suite, name)) if word(suite) && word(name) => {
                Ok(Self { suite: suite.into(), name: name.into() })
            }
            _ => {
                Err(format!("`{text}` is not a package; write SUITE/NAME, as in bookworm/linux-image-amd64"))
            }
        }
    }
}

impl TryFrom<String> for Package {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl Display for Package {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.suite, self.name)
    }
}
