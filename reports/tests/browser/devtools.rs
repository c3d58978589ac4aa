//! As much of the Chrome `DevTools` protocol as the test needs.
//!
//! The crates that speak all of it compile its every message, which takes longer than all tests together.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// How Debian and others call it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// How long the browser may take for one thing.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser without a window, with a profile of its own; it ends with this.
pub(crate) struct Browser {
    process: Child,
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    last: u64,
    _profile: TempDir,
}

impl Browser {
    /// Starts the browser; `None` if there is none.
    pub(crate) fn start() -> Option<Self> {
        let profile = tempfile::tempdir().unwrap();
        let mut process = NAMES.iter().find_map(|name| {
            Command::new(name)
                .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"])
                .args(["--disable-background-networking", "--disable-component-update"])
                .args(["--disable-dev-shm-usage", "--remote-debugging-port=0"])
                .arg(format!("--user-data-dir={}", profile.path().display()))
                .arg("about:blank")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .ok()
        })?;
        let mut said = BufReader::new(process.stderr.take().unwrap());
        let address = said.by_ref().lines().map_while(Result::ok).find_map(|line| {
            line.strip_prefix("DevTools listening on ").map(|address| address.trim().to_owned())
        });
        let address = address.expect("the browser ended before it could be talked to");
        // It stops when nobody reads what else it has to say.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let (socket, _) = tungstenite::connect(address).unwrap();
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
        }
        Some(Self { process, socket, last: 0, _profile: profile })
    }

    /// A new tab.
    pub(crate) fn tab(&mut self) -> Tab<'_> {
        let mut tab = Tab { browser: self, session: None, events: Vec::new() };
        let target = tab.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attached = json!({"targetId": target["targetId"], "flatten": true});
        let session = tab.call("Target.attachToTarget", &attached)["sessionId"].clone();
        tab.session = Some(session);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.call(&format!("{domain}.enable"), &json!({}));
        }
        tab
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // If it has ended already, all the better.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A tab.
pub(crate) struct Tab<'b> {
    browser: &'b mut Browser,
    session: Option<Value>,
    events: Vec<Value>,
}

impl Tab<'_> {
    /// Calls a method and returns what it answers.
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Value {
        self.browser.last += 1;
        let id = self.browser.last;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = session.clone();
        }
        self.browser.socket.send(Message::text(message.to_string())).unwrap();
        let mut answer = self.until(|message| message["id"] == id);
        assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        answer["result"].take()
    }

    /// Opens a page and waits until it is there.
    pub(crate) fn open(&mut self, url: &str) {
        let seen = self.events.len();
        let answer = self.call("Page.navigate", &json!({"url": url}));
        assert!(answer["errorText"].is_null(), "{url}: {}", answer["errorText"]);
        let loaded = |event: &Value| event["method"] == "Page.loadEventFired";
        if !self.events[seen..].iter().any(loaded) {
            let event = self.until(loaded);
            self.events.push(event);
        }
    }

    /// What an expression comes to in the page.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let answer = self.call("Runtime.evaluate", &json!({"expression": expression, "returnByValue": true}));
        assert!(answer["exceptionDetails"].is_null(), "{}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// All that happened and was not asked for.
    pub(crate) fn events(&self) -> &[Value] {
        &self.events
    }

    fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < PATIENCE, "the browser does not answer");
            let message = self.browser.socket.read().expect("the browser does not answer");
            let Ok(text) = message.into_text() else { continue };
            let Ok(message) = serde_json::from_str::<Value>(&text) else { continue };
            if wanted(&message) {
                return message;
            }
            self.events.push(message);
        }
    }
}
