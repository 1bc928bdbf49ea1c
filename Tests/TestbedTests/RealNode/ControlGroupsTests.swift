import Testing

@testable import Testbed

@Suite struct ControlGroupsTests {
    private static let v1 = """
        tmpfs /sys/fs/cgroup tmpfs rw,mode=755 0 0
        cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0
        cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0
        """
    private static let unified = "cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nsdelegate 0 0"
    private static let v2 = "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate 0 0"

    @Test(
        "The mount table tells the version and every hierarchy that runc may use",
        arguments: [
            (v1, ControlGroups.Version.v1, ["cpu,cpuacct", "memory"]),
            (v1 + "\n" + unified, .v1, ["cpu,cpuacct", "memory", "unified"]),
            (v2, .v2, [""]),
        ]
    )
    func versions(table: String, version: ControlGroups.Version, names: [String]) throws {
        let groups = try #require(ControlGroups(mountTable: "proc /proc proc rw 0 0\n" + table + "\n"))
        #expect(groups.version == version)
        #expect(groups.hierarchies == names.map { $0.isEmpty ? "/sys/fs/cgroup" : "/sys/fs/cgroup/\($0)" })
    }

    @Test("A machine without control groups has none")
    func none() {
        #expect(ControlGroups(mountTable: "proc /proc proc rw 0 0\n") == nil)
    }

    @Test("A program is put into its group in every hierarchy before it becomes the program")
    func entering() throws {
        let groups = try #require(ControlGroups(mountTable: Self.v1))
        let program = Command("/usr/bin/true", ["--flag", "two words"], environment: ["A": "b"], directory: "/")
        let command = groups.entering("martlet-0123abcd/n1/programs", program)
        #expect(command.executable == "/bin/sh")
        #expect(command.environment == ["A": "b"])
        #expect(command.directory == "/")
        #expect(command.arguments.suffix(4) == ["true", "/usr/bin/true", "--flag", "two words"])
        let script = try #require(command.arguments.dropFirst().first)
        for path in groups.paths(of: "martlet-0123abcd/n1/programs") {
            #expect(script.contains("'\(path)/cgroup.procs'"))
        }
        #expect(script.hasSuffix("exec \"$@\""))
    }
}
