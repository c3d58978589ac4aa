//! Why a log gives no trace at all.

use std::io;

/// Why a log gives no trace at all. What is merely missing or damaged is told in the account instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The log cannot be read to its end.
    #[error(
        "{name}: cannot be read beyond line {line}; if it is packed, unpack it by hand to see whether it is whole"
    )]
    Read {
        /// Its name.
        name: String,
        /// The last line that was read.
        line: u64,
        /// What went wrong.
        #[source]
        error: io::Error,
    },
    /// It is not text, nor packed in a way that can be unpacked here.
    #[error("{name}: this is {what}; {remedy}")]
    Foreign {
        /// Its name.
        name: String,
        /// What it is.
        what: &'static str,
        /// What to do about it.
        remedy: &'static str,
    },
    /// No line of it is about a boot allocator.
    #[error(
        "{name}: none of its {lines} lines is a boot allocator's. Boot with `memblock=debug log_buf_len=16M` on the \
         kernel's command line (2.6.27 to 4.19 with bootmem: `bootmem_debug`) and save `dmesg` soon after boot, or \
         record the console from its first line, with `earlyprintk=ttyS0,115200` on x86 or `earlycon` elsewhere"
    )]
    NoBoot {
        /// Its name.
        name: String,
        /// How many lines it has.
        lines: u64,
    },
    /// It is the log of another program, which is known and holds nothing to replay.
    #[error(
        "{name}, line {line}: these are messages of {whose}. They hold {holds}, so there is nothing to replay. {remedy}"
    )]
    Neighbour {
        /// Its name.
        name: String,
        /// The first of its lines by which it is known.
        line: u64,
        /// Whose messages they are.
        whose: &'static str,
        /// What they hold of memory.
        holds: &'static str,
        /// Where to find something that can be replayed.
        remedy: &'static str,
    },
    /// Lines look like a boot allocator's, and none of them can be read.
    #[error(
        "{name}: {count} lines look like a boot allocator's and cannot be read, the first of them line {line}: {text}\n\
         Something changed them on their way, such as a program that reads pictures or breaks lines: save the log as it \
         was printed"
    )]
    Unreadable {
        /// Its name.
        name: String,
        /// How many they are.
        count: usize,
        /// The first one's number.
        line: u64,
        /// Its beginning.
        text: String,
    },
    /// The kernel was told to log its boot allocator, and the lines are gone.
    #[error(
        "{name}: the kernel's command line asks for the boot allocator's lines, and none of them is among these {lines}: the \
         kernel's buffer overflowed, or the log begins too late. Boot with `log_buf_len=16M` as well and save `dmesg` \
         soon after boot, or record the console from its first line"
    )]
    LinesLost {
        /// Its name.
        name: String,
        /// How many lines it has.
        lines: u64,
    },
    /// A boot has more lines than any real one.
    #[error("{name}, line {line}: more than {limit} lines of one boot; split the file at `Linux version`")]
    TooLong {
        /// Its name.
        name: String,
        /// The line at which the importer gave up.
        line: u64,
        /// The most lines that a boot may have.
        limit: usize,
    },
}
