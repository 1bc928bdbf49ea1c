import Testing

@testable import Testbed

@Suite("The ledger of a run")
struct LedgerTests {
    @Test(
        "reads what it has written",
        arguments: [
            LedgerEntry.owner(ProcessIdentity(id: 12, startTime: 345)),
            .process(ProcessIdentity(id: 12, startTime: 345), name: "kube apiserver"),
            .networkNamespace("mlt-1"), .link("veth 0"), .mounts(under: "/tmp/with space"),
            .controlGroup("/sys/fs/cgroup/x"),
        ]
    )
    func roundTrip(entry: LedgerEntry) {
        #expect(LedgerEntry(line: entry.line) == entry)
    }

    @Test(
        "passes over what a crash has cut off, or nobody knows",
        arguments: [
            "", "process", "process ", "process 12", "process x 3 y", "mounts ", "comet 1",
        ]
    )
    func damaged(line: String) {
        #expect(LedgerEntry(line: line) == nil)
    }

    @Test("has things removed before what they are in, the youngest first")
    func order() {
        let process = ProcessIdentity(id: 1, startTime: 1)
        let entries: [LedgerEntry] = [
            .owner(process), .mounts(under: "/a"), .networkNamespace("n"), .process(process, name: "one"),
            .controlGroup("/g"), .link("l"), .process(process, name: "two"),
        ]
        #expect(
            entries.inRemovalOrder == [
                .process(process, name: "two"), .process(process, name: "one"), .controlGroup("/g"),
                .networkNamespace("n"), .link("l"), .mounts(under: "/a"),
            ]
        )
    }

    @Test(
        "knows a process by its start, whatever its name is",
        arguments: [
            ("7 (etcd) S 1 7 7 0 -1 4194304 1 0 0 0 5 6 0 0 20 0 9 0 4711 1 1", UInt64(4711)),
            ("7 (a b) c) S 1 7 7 0 -1 4194304 1 0 0 0 5 6 0 0 20 0 9 0 4712 1 1", 4712),
        ]
    )
    func startTime(stat: String, expected: UInt64) {
        #expect(ProcessIdentity.startTime(inStat: stat) == expected)
    }

    @Test("takes a process for another when only its id is the same")
    func reusedID() throws {
        let own = ProcessIdentity.ofHarness()
        #expect(own.isRunning)
        #expect(!ProcessIdentity(id: own.id, startTime: own.startTime - 1).isRunning)
    }

    @Test("finds the mounts below a directory and no others")
    func mounts() {
        let table = """
            22 1 254:0 / / rw - ext4 /dev/vda rw
            40 22 0:40 / /run/a rw - tmpfs tmpfs rw
            41 40 0:41 / /run/a/b\\040c rw - tmpfs tmpfs rw
            42 22 0:42 / /run/ab rw - tmpfs tmpfs rw
            """
        #expect(LedgerEntry.mountPoints(inTable: table, under: "/run/a") == ["/run/a", "/run/a/b c"])
    }
}
