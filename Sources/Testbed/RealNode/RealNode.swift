import Foundation
import Glibc

/// A node that runs real containers: a kubelet and a containerd in namespaces of their own on this machine.
///
/// To the API server it is another machine: it has an address of its own, and its pods have theirs, all of them
/// reachable from here. The node's directory survives `stop`, as a disk does; `start` is then a boot of the same
/// machine. Give a node new certificates by making a new one.
package actor RealNode {
    package nonisolated let name: String
    /// The node's address, where its kubelet listens at port 10250.
    package nonisolated let address: String
    /// The directory with its files and its logs `kubelet.log`, `containerd.log`.
    package nonisolated let directory: String

    private let identity: NodeIdentity
    private let host: RealNodeHost
    private let files: RealNodeFiles
    private var programs = Programs()

    /// The node's running programs, in the order in which each needs the one before it.
    private struct Programs {
        /// Holds the namespaces that the others enter.
        var holder: Subprocess?
        var containerd: Subprocess?
        var kubelet: Subprocess?
    }

    /// Writes the node's files. Nothing runs yet.
    ///
    /// - Parameters:
    ///   - name: unique in the run, because directories and control groups are named after it.
    ///   - place: from the host; the serving certificate is for its address.
    ///   - server: the URL of the API server, at an address of the host that nodes can reach.
    ///   - labels: what the node says of itself when it registers.
    /// - Throws: `TestbedError` `.file`.
    package init(
        host: RealNodeHost,
        name: String,
        place: NodePlace,
        server: String,
        credentials: RealNodeCredentials,
        labels: [String: String] = [:]
    ) throws(TestbedError) {
        self.host = host
        self.name = name
        address = place.address
        identity = NodeIdentity(name: name, run: host.run.id, place: place, labels: labels)
        directory = try host.run.makeDirectory("nodes/\(name)")
        files = RealNodeFiles(directory: directory)
        try files.write(identity, host: host, server: server, credentials: credentials)
    }

    /// Starts the node. Returns when its kubelet has been started; the API server tells when the node is ready. The
    /// API server need not be up yet: a kubelet of 1.20 looks for Docker for its first five seconds anyway.
    ///
    /// - Throws: `TestbedError` `.plan` if it runs; `.deadline`, `.commandFailed`, with what the programs said;
    ///   `CancellationError`. The node is stopped then.
    package func start() async throws {
        guard programs.holder == nil else { throw TestbedError(.plan, "the node \(name) runs already") }
        do {
            let holder = try await startHolder()
            programs.holder = holder
            try await connect(holder)
            try await startContainerd()
            try await importImages()
            try await startKubelet()
        } catch {
            // A task of its own, because it must not be cut short with its caller.
            try await Task { try await self.stop() }.value
            throw error
        }
    }

    /// Ends all that runs in the node, pods too, as a power cut does. The namespaces and their mounts go with it.
    ///
    /// - Throws: `TestbedError` `.deadline` if a process does not end.
    package func stop() async throws {
        try await host.groups.endProcesses(in: identity.group)
        programs = Programs()
        try await host.network.host.removeLink(identity.cable)
    }

    /// Stops the node and removes its directory and control groups.
    package func remove() async throws {
        try await stop()
        try await host.groups.remove(identity.group)
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            throw TestbedError(.file, "cannot remove \(directory)", underlying: error)
        }
    }
}

// MARK: - Faults

extension RealNode {
    /// The kubelet's process, to kill, freeze or stop; pods run on without it. nil while the node is stopped.
    package var kubelet: Subprocess? { programs.kubelet }

    /// The process of containerd; containers run on without it.
    package var containerd: Subprocess? { programs.containerd }

    /// Starts the kubelet again after it has ended.
    package func startKubelet() async throws {
        guard programs.kubelet?.exitStatus != nil || programs.kubelet == nil else { return }
        let arguments = host.kubelet.arguments(for: identity)
        programs.kubelet = try await startProgram(Command(host.tools.kubelet, arguments))
    }

    /// Starts containerd again after it has ended.
    package func startContainerd() async throws {
        guard programs.containerd?.exitStatus != nil || programs.containerd == nil else { return }
        let arguments = ["--config", NodePaths.containerdConfiguration]
        programs.containerd = try await startProgram(
            Command(host.tools.containerd, arguments, environment: host.tools.environment)
        )
    }
}

// MARK: - Steps of the start

extension RealNode {
    /// The end of the kubelet's log.
    nonisolated var lastWords: String {
        TextFile.tail(of: "\(directory)/kubelet.log", lines: 8)
    }
}

extension RealNode {
    /// Starts the process that makes the node's namespaces, and waits until they are as they should be.
    private func startHolder() async throws -> Subprocess {
        try host.groups.make(ControlGroups.programs(of: identity.group))
        let mark = "\(directory)/\(NodePaths.readyMark)"
        // Left from the last boot, if there was one.
        unlink(mark)
        let holder = try await Subprocess.start(
            inGroup(
                Command(host.tools.unshare, ["--net", "--mount", "/bin/sh", "-c", NodeScript.setUp, "node", directory])
            ),
            log: files.log("namespaces"),
            ledger: host.run.ledger
        )
        let isReady = await Patience(bound: .seconds(30), pause: .milliseconds(10)).waits {
            access(mark, F_OK) == 0 || holder.exitStatus != nil
        }
        guard isReady, holder.exitStatus == nil else {
            await holder.kill()
            let said = TextFile.tail(of: files.log("namespaces"), lines: 5)
            throw TestbedError(.commandFailed, "the namespaces of node \(name) could not be set up: \(said)")
        }
        return holder
    }

    /// Lays the cable and gives the node its address, on a bridge that pods will be ports of, too.
    private func connect(_ holder: Subprocess) async throws {
        let hardware = RunSubnet.hardwareAddress(for: identity.address)
        try host.run.ledger.record(.link(identity.cable))
        try await host.network.host.apply([
            "link add \(identity.cable) type veth peer name eth0 netns \(holder.processID)",
            "link set \(identity.cable) master \(host.network.bridge) up",
        ])
        try await host.network.host.apply(
            [
                "link set lo up",
                "link add cni0 address \(hardware) type bridge",
                "link set eth0 master cni0 up",
                "addr add \(identity.address)/16 dev cni0",
                "link set cni0 up",
            ],
            inNamespaceOf: holder.processID
        )
    }

    /// Waits until containerd has made its socket. The ctr of containerd 1 would do so itself, that of 2 does not.
    private func waitForSocket() async throws {
        guard let holder = programs.holder, let containerd = programs.containerd else { return }
        let socket = "/proc/\(holder.processID)/root\(NodePaths.containerdSocket)"
        let isThere = await Patience(bound: .seconds(60), pause: .milliseconds(20)).waits {
            access(socket, F_OK) == 0 || containerd.exitStatus != nil
        }
        guard isThere, containerd.exitStatus == nil else {
            let log = TextFile.tail(of: files.log("containerd"), lines: 5)
            throw TestbedError(.deadline, "containerd of node \(name) does not listen; the end of its log:\n\(log)")
        }
    }

    /// Gives containerd the images.
    private func importImages() async throws {
        try await waitForSocket()
        let arguments = ["--address", NodePaths.containerdSocket, "--connect-timeout", "30s"]
        let command = Command(
            host.tools.ctr,
            arguments + ["--namespace", "k8s.io", "images", "import", host.tools.images]
        )
        let result = try await Subprocess.run(inNode(command), deadline: .seconds(90), scratch: directory)
        guard result.status.isSuccess else {
            let log = TextFile.tail(of: files.log("containerd"), lines: 5)
            throw TestbedError(
                .commandFailed,
                "node \(name) takes no images: \(result); the end of containerd's log:\n\(log)"
            )
        }
    }

    private func startProgram(_ command: Command) async throws -> Subprocess {
        try await Subprocess.start(try inNode(command), log: files.log(command.name), ledger: host.run.ledger)
    }

    /// The command in the node's control group and namespaces. `ip netns exec` would not do: it mounts a new /sys,
    /// which hides the control groups.
    private func inNode(_ command: Command) throws -> Command {
        guard let holder = programs.holder else { throw TestbedError(.plan, "the node \(name) does not run") }
        let enter = ["--net", "--mount", "--target", "\(holder.processID)", "--", command.executable]
        return inGroup(Command(host.tools.nsenter, enter + command.arguments, environment: command.environment))
    }

    private func inGroup(_ command: Command) -> Command {
        host.groups.entering(ControlGroups.programs(of: identity.group), command)
    }
}
