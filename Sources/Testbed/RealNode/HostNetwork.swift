import Foundation

/// The interfaces and routes of this machine, through iproute2.
struct HostNetwork: Sendable {
    private let ip: String
    private let nsenter: String
    private let scratch: String

    init(ip: String, nsenter: String, scratch: String) {
        self.ip = ip
        self.nsenter = nsenter
        self.scratch = scratch
    }

    /// Runs commands of ip(8), up to the first that fails.
    ///
    /// - Parameter namespace: a process in whose network namespace to run them; nil for the machine's own.
    /// - Throws: `TestbedError` `.commandFailed`; `CancellationError`.
    func apply(_ commands: [String], inNamespaceOf namespace: Int32? = nil) async throws {
        let batch = ["-batch", "-"]
        let command =
            if let namespace {
                Command(nsenter, ["--net", "--target", "\(namespace)", "--", ip] + batch)
            } else {
                Command(ip, batch)
            }
        let input = commands.joined(separator: "\n") + "\n"
        let result = try await Subprocess.run(command, input: input, deadline: .seconds(20), scratch: scratch)
        guard result.status.isSuccess else {
            throw TestbedError(.commandFailed, "ip: \(commands.joined(separator: "; ")): \(result)")
        }
    }

    /// Removes a link, and with it the other end of a cable; nothing happens if it has gone already.
    func removeLink(_ name: String) async throws {
        do {
            try await apply(["link delete \(name)"])
        } catch {
            // A cable goes by itself, at a time of the kernel's choosing, when the namespace of its other end does.
            guard FileManager.default.fileExists(atPath: "/sys/class/net/\(name)") else { return }
            throw error
        }
    }

    /// Gives a bridge the machine's address on a subnet that nothing else on the machine uses.
    ///
    /// Another run may look for a subnet at the same time. Each takes one first and looks again afterwards, so that of
    /// two that took the same at least one notices and moves on.
    ///
    /// - Throws: `TestbedError` `.network` if no subnet is free.
    func claimSubnet(for bridge: String) async throws -> RunSubnet {
        for candidate in RunSubnet.candidates.shuffled() {
            guard try await isFree(candidate, exceptOn: bridge) else { continue }
            let hardware = RunSubnet.hardwareAddress(for: candidate.hostAddress())
            try await apply([
                "link set \(bridge) address \(hardware) up",
                "addr add \(candidate.hostAddress())/16 dev \(bridge)",
            ])
            if try await isFree(candidate, exceptOn: bridge) { return candidate }
            try await apply(["addr del \(candidate.hostAddress())/16 dev \(bridge)"])
        }
        throw TestbedError(.network, "every private subnet of the testbed is in use: are old runs still there?")
    }

    /// Whether no route of the machine overlaps with the subnet, those of one interface aside.
    private func isFree(_ subnet: RunSubnet, exceptOn interface: String) async throws -> Bool {
        let list = Command(ip, ["-4", "-o", "route", "show", "table", "all"])
        let routes = try await Subprocess.run(list, deadline: .seconds(20), scratch: scratch).checked().output
        return !Self.destinations(of: routes, exceptOn: interface).contains { subnet.overlaps($0) }
    }

    /// The destinations in the output of `ip route`: the first word that is an address, behind a type such as `local`.
    static func destinations(of routes: String, exceptOn interface: String) -> [IPv4Prefix] {
        routes.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            if let dev = words.firstIndex(of: "dev"), words.dropFirst(dev + 1).first.map(String.init) == interface {
                return nil
            }
            return words.prefix(2).lazy.compactMap { IPv4Prefix($0) }.first
        }
    }
}
