import Foundation
import KubeModel
import TestSupport
import Testbed
import Testing

/// What streams live through and what ends them. The tests change what the whole fleet shares, so they come one after
/// the other on a fleet of their own. For most of their time they wait, and none hangs on a probe: another fleet may run
/// beside them.
@Suite(.fleet(.realContainersBesideOthers, lasting: .seconds(200)), .serialized)
struct StreamEndTests {
    @Test("Streams go on when the serving certificate changes, and new ones are shown the new one", .rows(105, 106))
    func rotation() async throws {
        try await TestSpace.with("rotation") { space in
            try await space.start("web", Manifest.idle)
            let node = try await space.fleet.node(try await space.cluster(of: "web").name)
            let address = try #require(node.at("status", "addresses")?.array?.first?["address"]?.string)
            let port = try #require(node.at("status", "daemonEndpoints", "kubeletEndpoint", "Port")?.int)
            let folder = URL(fileURLWithPath: space.fleet.martlet.log).deletingLastPathComponent().path
            let shown =
                "openssl s_client -connect \(address):\(port) </dev/null 2>/dev/null | openssl x509 -noout -serial"
            let written = "openssl x509 -noout -serial <'\(folder)/kubelet.crt'"
            try await space.withProxy { proxy in
                var stream = try await WebSocketClient(port: proxy, path: space.catPath("web"))
                #expect(try await stream.echoes("before"))
                let before = try await space.shell(.own, shown).checked().output
                _ = try KubeletCertificate(
                    address: address,
                    authority: space.origin.control.authority,
                    directory: folder
                )
                let after = try await space.shell(.own, written).checked().output
                #expect(after != before)
                try await eventually("the new certificate is shown", within: .seconds(30)) {
                    try await space.shell(.own, shown).output
                } until: {
                    $0 == after
                }
                #expect(try await stream.echoes("after"))
                var another = try await WebSocketClient(port: proxy, path: space.catPath("web"))
                #expect(try await another.echoes("new"))
                #expect(try await stream.echoes("old"))
            }
        }
    }

    @Test("Streams end with their pod", .rows(92, 105))
    func podGoes() async throws {
        try await TestSpace.with("podgoes") { space in
            try await space.start("web", "echo hello; \(Manifest.idle)")
            try await space.withProxy { proxy in
                var stream = try await WebSocketClient(port: proxy, path: space.catPath("web"))
                #expect(try await stream.echoes("here"))
                let follow = """
                    mkfifo words; exec 3<>words; echo word >&3
                    b exec -i web -- cat <words >heard 3>&- & command=$!
                    b logs -f web >followed 3>&- & follower=$!
                    until grep -q hello followed && grep -q word heard; do
                        sleep 0.1; kill -0 $command && kill -0 $follower || exit 1
                    done
                    k delete pod/web --wait=false >deleted
                    wait $follower; echo the log with $?
                    wait $command || echo the command too
                    """
                async let ended = space.shell(.own, follow)
                try await stream.end()
                #expect(try await ended.output == "the log with 0\nthe command too\n")
            }
        }
    }

    @Test("Streams end when the way to their cluster does, and new ones open when it is back", .rows(92, 105))
    func remoteGoes() async throws {
        try await TestSpace.with("remotegoes") { space in
            try await space.start("web", Manifest.idle)
            let remote = try await space.cluster(of: "web")
            try await space.withProxy { proxy in
                try await space.fleet.repaired {
                    var stream = try await WebSocketClient(port: proxy, path: space.catPath("web"))
                    #expect(try await stream.echoes("here"))
                    try await remote.relay.set(RelayConditions(flow: .cut))
                    try await stream.end()
                    let refused = try await space.shell(.own, "k exec web -- true")
                    #expect(!refused.status.isSuccess)
                }
                var stream = try await WebSocketClient(port: proxy, path: space.catPath("web"))
                #expect(try await stream.echoes("again"))
            }
        }
    }

    @Test("Streams end with martlet, by its own will or not", .rows(92, 105), arguments: [true, false])
    func martletGoes(isAsked: Bool) async throws {
        try await TestSpace.with("martletgoes") { space in
            let martlet = space.fleet.martlet
            try await space.start("web", Manifest.idle)
            try await space.withProxy { proxy in
                try await space.fleet.repaired {
                    var stream = try await WebSocketClient(port: proxy, path: space.catPath("web"))
                    #expect(try await stream.echoes("here"))
                    if isAsked { await martlet.stop() } else { await martlet.kill() }
                    try await stream.end()
                }
                try await eventually("streams open again", within: .seconds(20)) {
                    try await space.shell(.own, "k exec web -- echo back").output == "back\n"
                }
            }
        }
    }

    /// Half of them commands, half of them logs that are followed.
    private static let count = 200

    @Test("Two hundred streams at a time take no thread of their own", .rows(92, 105))
    func load() async throws {
        try await TestSpace.with("load") { space in
            let (fleet, names) = (space.fleet, ["one", "two"])
            let script = "echo here; until [ -e /tmp/go ]; do sleep 0.2; done; echo there; \(Manifest.idle)"
            for name in names { try await space.start(name, script) }
            try await space.withProxy { proxy in
                var commands: [WebSocketClient] = []
                var logs: [RawClient] = []
                func open(_ number: Int) async throws {
                    let name = names[number % 2]
                    commands.append(try await WebSocketClient(port: proxy, path: space.catPath(name)))
                    let log = try RawClient(port: proxy)
                    await log.send("GET \(space.path(name, "log", "follow=true")) HTTP/1.1\r\nHost: h\r\n\r\n")
                    #expect(await log.receive(until: "here\n\r\n").contains("here\n"))
                    logs.append(log)
                }
                try await open(0)
                let process = try #require(await fleet.martlet.processID)
                let before = try Self.threads(of: process)
                for number in 1..<Self.count / 2 { try await open(number) }
                // The runtime's own pool may not have been at its full size.
                #expect(try Self.threads(of: process) - before < 10)
                for index in commands.indices { #expect(try await commands[index].echoes("stream \(index)")) }
                for name in names { try await space.shell(.own, "k exec \(name) -- touch /tmp/go").checked() }
                for log in logs { #expect(await log.receive(until: "there\n\r\n").hasSuffix("there\n\r\n")) }
            }
        }
    }

    private static func threads(of process: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").count
    }
}
