import Providers
import Testing

@testable import Transport
@testable import VirtualNode

@Suite struct KubeletRouteTests {
    private func target(_ path: String) throws -> RequestTarget { try RequestTarget(path[...]) }

    private func request(_ text: String) throws -> HTTPServerRequest {
        var reader = HTTPHeadReader(limit: 4096)
        let head = try reader.read(Array((text + "\r\n\r\n").utf8)[...])
        return try HTTPServerRequest(#require(head))
    }

    @Test(arguments: [
        ("GET", "/pods", KubeletRoute.pods), ("GET", "/pods/", .pods), ("GET", "/runningpods/", .runningPods),
        ("GET", "/healthz", .healthz), ("GET", "/healthz/ping", .healthz), ("GET", "/healthz/log", .healthz),
        ("GET", "/healthz/syncloop", .healthz), ("GET", "/metrics", .metrics), ("GET", "/configz", .configz),
        ("GET", "/stats/summary", .summary(.full)),
        ("GET", "/stats/summary?only_cpu_and_memory=true", .summary(.cpuAndMemory)),
        ("GET", "/stats/summary?only_cpu_and_memory=yes", .summary(.full)),
        ("GET", "/stats/summary/", .summary(.full)), ("POST", "/stats/summary", .summary(.full)),
        ("POST", "/stats/summary/?only_cpu_and_memory=true", .summary(.cpuAndMemory)),
        ("GET", "/metrics/resource", .page(.resource)), ("GET", "/metrics/cadvisor", .page(.cadvisor)),
        ("GET", "/metrics/probes", .page(.probes)),
        ("GET", "/containerLogs/ns/p/c", .logs(.init(namespace: "ns", pod: "p", container: "c"))),
        ("POST", "/exec/ns/p/c", .stream(.exec, .init(namespace: "ns", pod: "p", container: "c"))),
        ("GET", "/exec/ns/p/u/c", .stream(.exec, .init(namespace: "ns", pod: "p", uid: "u", container: "c"))),
        ("GET", "/attach/ns/p/c", .stream(.attach, .init(namespace: "ns", pod: "p", container: "c"))),
        ("POST", "/portForward/ns/p", .stream(.portForward, .init(namespace: "ns", pod: "p"))),
        ("POST", "/run/ns/p/c", .run(.init(namespace: "ns", pod: "p", container: "c"))),
        ("POST", "/run/ns/p/u/c", .run(.init(namespace: "ns", pod: "p", uid: "u", container: "c"))),
        ("GET", "/martlet/explain/ns/p", .explanation(.init(namespace: "ns", pod: "p"))),
        ("POST", "/portForward/ns/p/u", .stream(.portForward, .init(namespace: "ns", pod: "p", uid: "u"))),
    ])
    func `Paths lead where a kubelet's do`(method: String, path: String, route: KubeletRoute) throws {
        #expect(try KubeletRoute(method: method, target: target(path)) == route)
    }

    @Test(arguments: [
        ("GET", "/", 404), ("GET", "/podsx", 404), ("GET", "/pods/x", 404), ("GET", "/healthz/", 404),
        ("GET", "/healthz/other", 404),
        ("GET", "/containerLogs/ns/p", 404), ("GET", "/containerLogs/ns/p/u/c", 404), ("GET", "/exec/ns/p", 404),
        ("GET", "/exec/ns/p/c/", 404), ("POST", "/pods", 405), ("PUT", "/exec/ns/p/c", 405),
        ("HEAD", "/containerLogs/ns/p/c", 405), ("GET", "/logs/", 404), ("GET", "/stats", 404),
        ("GET", "/stats/", 404), ("GET", "/stats/container", 404), ("GET", "/stats/summary/x", 404),
        ("GET", "/metrics/", 404), ("GET", "/metrics/resource/", 404), ("GET", "/metrics/resource/v1alpha1", 404),
        ("GET", "/metrics/slis", 404), ("POST", "/metrics/resource", 405), ("PUT", "/stats/summary", 405),
        ("GET", "/api/v1/pods", 404), ("GET", "/run/ns/p/c", 405),
        ("POST", "/run/ns/p", 404), ("GET", "/martlet/explain/ns", 404), ("GET", "/martlet/other/ns/p", 404),
        ("POST", "/martlet/explain/ns/p", 405),
    ])
    func `Other paths and methods lead nowhere`(method: String, path: String, status: Int) throws {
        let refusal = #expect(throws: KubeletRoute.Refusal.self) {
            try KubeletRoute(method: method, target: try target(path))
        }
        #expect(refusal?.rawValue == status)
    }

    @Test(arguments: [
        ("GET", "/pods", "get", ["pods", "proxy"]), ("GET", "/healthz", "get", ["healthz", "proxy"]),
        ("GET", "/healthz/ping", "get", ["healthz", "proxy"]),
        ("GET", "/martlet/explain/ns/p", "get", ["proxy"]),
        ("GET", "/configz", "get", ["configz", "proxy"]), ("GET", "/metrics/resource", "get", ["metrics"]),
        ("GET", "/metrics", "get", ["metrics"]), ("GET", "/stats/summary", "get", ["stats"]),
        ("POST", "/stats/summary", "create", ["stats"]), ("POST", "/stats/summary/", "create", ["stats"]),
        ("GET", "/logs/x", "get", ["log"]), ("GET", "/spec/", "get", ["spec"]), ("GET", "/metricsx", "get", ["proxy"]),
        ("POST", "/exec/ns/p/c", "create", ["proxy"]), ("POST", "/run/ns/p/c", "create", ["proxy"]),
        ("GET", "/exec/ns/p/c", "get", ["proxy"]),
        ("GET", "/containerLogs/ns/p/c", "get", ["proxy"]), ("DELETE", "/x", "delete", ["proxy"]),
        ("HEAD", "/pods", "", ["pods", "proxy"]),
    ])
    func `The right that is asked for is a kubelet's`(
        method: String,
        path: String,
        verb: String,
        right: [String]
    ) throws {
        let access = KubeletAccess(method: method, target: try target(path))
        #expect(access.verb == verb)
        #expect(access.subresources == right)
    }

    @Test func `A stream is asked of an API server in its names, without the client's credentials`() throws {
        let request = try request(
            """
            POST /exec/ns/p/c?input=1&output=1&tty=0&command=ls&command=-l&container=x&stdin=1 HTTP/1.1\r
            Host: h\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nAuthorization: Bearer secret\r\nCookie: secret\r
            X-Remote-User: root\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\nImpersonate-User: root\r
            Sec-WebSocket-Protocol: v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.c2VjcmV0
            """
        )
        let stream = StreamTranslation.stream(.exec, request, container: "c")
        #expect(stream.kind == .exec)
        #expect(stream.method == "POST")
        #expect(
            stream.query == [
                .init("container", "c"), .init("stdin", "true"), .init("stdout", "true"), .init("tty", "0"),
                .init("command", "ls"), .init("command", "-l"),
            ]
        )
        #expect(
            stream.headers == [
                .init("Connection", "Upgrade"), .init("Upgrade", "SPDY/3.1"),
                .init("X-Stream-Protocol-Version", "v4.channel.k8s.io"),
                .init("Sec-WebSocket-Protocol", "v5.channel.k8s.io"),
            ]
        )
    }

    @Test func `A command to be run is split at its spaces, as a kubelet does`() throws {
        let request = try request("POST /run/ns/p/c?cmd=sh%20-c+a++b&command=other&tty=1 HTTP/1.1\r\nHost: h")
        let stream = StreamTranslation.run(request, container: "c")
        #expect(stream.kind == .exec)
        #expect(stream.query.filter { $0.name == "command" }.map(\.value) == ["sh", "-c", "a", "", "b"])
        #expect(Set(stream.query.map(\.name)) == ["container", "stdout", "stderr", "command"])
        #expect(stream.headers.contains(.init("Sec-WebSocket-Protocol", "v4.channel.k8s.io")))
    }

    @Test func `Ports and options of logs go along`() throws {
        let forward = try request("GET /portForward/ns/p?port=80,443 HTTP/1.1\r\nHost: h")
        #expect(
            StreamTranslation.stream(.portForward, forward, container: nil).query
                == [.init("ports", "80"), .init("ports", "443")]
        )
        let log = try request(
            """
            GET /containerLogs/ns/p/c?follow=true&container=x&stream=Stdout&insecureSkipTLSVerifyBackend=true HTTP/1.1\r
            Host: h
            """
        )
        #expect(
            StreamTranslation.log(log, container: "c").query
                == [.init("container", "c"), .init("follow", "true"), .init("stream", "Stdout")]
        )
    }
}
