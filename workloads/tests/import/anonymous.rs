//! What anonymising drops, and what it leaves alone.

use workloads::import::{Options, anonymize, import};

const LOG: &str = "\
[    0.000000] Linux version 6.1.0-secret-host (alice@build.example) (aarch64-linux-gnu-gcc 12) #1 SMP
[    0.000000] Machine model: Example Corp Board, serial 1234
[    0.000000] Kernel command line: memblock=debug root=UUID=1234-5678 password=hunter2
[    0.000000] MEMBLOCK configuration:
[    0.000000]  memory.cnt  = 0x1
[    0.000000]  memory[0x0]\t[0x0000000080000000-0x0000000080ffffff], 0x0000000001000000 bytes flags: 0x0
[    0.000000]  reserved.cnt  = 0x0
[    0.000000] memblock_reserve: [0x0000000080000000-0x0000000080000fff] example_corp_init+0x12/0x34 [example]
[    0.000000] memblock_reserve: [0x0000000080002000-0x0000000080002fff] 0xffffffff82f3a1b2
";

#[test]
fn nothing_that_names_the_machine_is_left() {
    let options = Options { machine: None, captured: Some("by alice".into()) };
    let mut trace = import(LOG.as_bytes(), "alice.log", &options).unwrap().remove(0).trace;
    let whole = trace.clone();
    assert_eq!(whole.header.machine, "Example Corp Board, serial 1234");
    anonymize(&mut trace);
    let text = trace.to_string();
    for secret in
        ["alice", "secret", "host", "Example", "1234", "hunter2", "0x12/0x34", "[example]", "82f3a1b2"]
    {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
    assert!(text.contains("kernel 6.1.0\n"));
    let ops = |trace: &workloads::trace::Trace| {
        trace.records.iter().map(|record| record.op.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ops(&trace), ops(&whole));
    assert_eq!((trace.memory, trace.reserved), (whole.memory, whole.reserved));
}
