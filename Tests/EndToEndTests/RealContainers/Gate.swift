import KubeModel

/// A pod at its node's own address, by which a test and the containers on the same node meet: they know the address as
/// `$NODE_ADDRESS`. Nobody else on the fleet may use the port.
struct Gate {
    let name: String
    let port: Int
    let cluster: String
    let space: TestSpace

    /// A command that succeeds while the gate is open.
    static func isOpen(_ port: Int) -> String {
        "timeout 2 wget -q -O /dev/null http://$NODE_ADDRESS:\(port)/open"
    }

    /// A command that waits until a gate listens, and says something to it.
    static func tell(_ text: String, _ port: Int) -> String {
        "until echo '\(text)' | nc -w 5 $NODE_ADDRESS \(port); do sleep 0.2; done"
    }

    /// Lets all through for whom `isOpen` is the way.
    func open() async throws {
        try await run("touch /tmp/open; trap 'exit 0' TERM; httpd -p \(port) -h /tmp; while :; do sleep 1 & wait; done")
        try await space.pod(name, "is open", within: .seconds(20), until: \.isReady)
    }

    /// Lets nobody through any more.
    func close() async throws {
        try await space.kubectl("delete", "pod/\(name)", "--grace-period=1")
    }

    /// Waits until somebody tells something, and returns it.
    func hear(within: Duration = .seconds(20)) async throws -> String {
        // Its input never ends, or it would hang up before it was told anything.
        try await run("mkfifo /tmp/quiet; nc -l -p \(port) <>/tmp/quiet >/dev/termination-log")
        let pod = try await space.pod(name, "was told something", within: within) { $0.phase == "Succeeded" }
        return pod.lastWords
    }

    private func run(_ script: String) async throws {
        var spec = Manifest.shellPod(script, Manifest.cluster(cluster))
        spec["hostNetwork"] = true
        spec["restartPolicy"] = "Never"
        try await space.apply(Manifest.pod(name, spec))
    }
}

extension JSON {
    /// The state of a pod's container that has ended.
    func terminated(_ container: Int = 0, of kind: String = "containerStatuses") -> JSON? {
        at("status", kind)?[container]?.at("state", "terminated")
    }

    /// What the pod's first container wrote to its termination log.
    var lastWords: String {
        (terminated()?["message"]?.string ?? "").trimmingSuffix(while: \.isNewline)
    }
}

extension String {
    fileprivate func trimmingSuffix(while isUnwanted: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, isUnwanted(last) { text.removeLast() }
        return text
    }
}
