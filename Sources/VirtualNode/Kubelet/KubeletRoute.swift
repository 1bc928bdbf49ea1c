internal import Providers
internal import Transport

/// What a request asks of a kubelet (kubernetes, `pkg/kubelet/server/server.go`). Pure.
enum KubeletRoute: Equatable {
    /// The pod that a stream is of, by the names of the origin. What is not nil must be the pod's.
    struct Target: Equatable {
        let namespace: String
        let pod: String
        var uid: String?
        var container: String?
    }

    enum StreamKind: String, Equatable {
        case exec, attach, portForward
    }

    case healthz
    case pods
    case runningPods
    case metrics
    case configz
    case summary(SummaryDetail)
    case page(MetricsPage)
    case logs(Target)
    case stream(StreamKind, Target)
    /// A command to its end, without input.
    case run(Target)
    /// What is known of a pod: no kubelet's, martlet's own.
    case explanation(Target)

    enum Refusal: Int, Error {
        case notFound = 404
        case methodNotAllowed = 405
    }

    init(method: String, target: RequestTarget) throws(Refusal) {
        let words = target.segments
        switch (words.first ?? "", words.count, target.hasTrailingSlash) {
        case ("healthz", 1, false): self = .healthz
        // The checks of which a kubelet's health is made.
        case ("healthz", 2, false) where ["ping", "log", "syncloop"].contains(words[1]): self = .healthz
        case ("pods", 1, _): self = .pods
        case ("runningpods", 1, _): self = .runningPods
        case ("metrics", 1, false): self = .metrics
        case ("configz", 1, false): self = .configz
        case ("stats", 2, _) where words[1] == "summary": self = .summary(Self.detail(target.query))
        case ("metrics", 2, false):
            guard let page = MetricsPage(rawValue: words[1]) else { throw .notFound }
            self = .page(page)
        case ("containerLogs", 4, false): self = .logs(Target(namespace: words[1], pod: words[2], container: words[3]))
        case ("exec", 4...5, false): self = .stream(.exec, Self.container(words))
        case ("attach", 4...5, false): self = .stream(.attach, Self.container(words))
        case ("portForward", 3, false):
            self = .stream(.portForward, Target(namespace: words[1], pod: words[2]))
        case ("portForward", 4, false):
            self = .stream(.portForward, Target(namespace: words[1], pod: words[2], uid: words[3]))
        case ("martlet", 4, false) where words[1] == "explain":
            self = .explanation(Target(namespace: words[2], pod: words[3]))
        case ("run", 4...5, false): self = .run(Self.container(words))
        default: throw .notFound
        }
        guard methods.contains(method) else { throw .methodNotAllowed }
    }

    /// `/exec/NAMESPACE/POD/CONTAINER` or `/exec/NAMESPACE/POD/UID/CONTAINER`.
    private static func container(_ words: [String]) -> Target {
        Target(
            namespace: words[1],
            pod: words[2],
            uid: words.count == 5 ? words[3] : nil,
            container: words[words.count - 1]
        )
    }

    /// Only the word itself counts, as in a kubelet.
    private static func detail(_ query: [RequestTarget.Item]) -> SummaryDetail {
        query.contains { $0.name == "only_cpu_and_memory" && $0.value == "true" } ? .cpuAndMemory : .full
    }

    private var methods: Set<String> {
        switch self {
        // Also the summary (kubernetes, `pkg/kubelet/server/stats/handler.go`): some agents POST it.
        case .stream, .summary: ["GET", "POST"]
        case .run: ["POST"]
        default: ["GET"]
        }
    }

    /// Its name in metrics.
    var name: String {
        switch self {
        case .healthz: "healthz"
        case .pods: "pods"
        case .runningPods: "runningpods"
        case .metrics: "metrics"
        case .configz: "configz"
        case .summary: "stats/summary"
        case .page(let page): "metrics/\(page.rawValue)"
        case .logs: "containerLogs"
        case .stream(let kind, _): kind.rawValue
        case .run: "run"
        case .explanation: "martlet/explain"
        }
    }
}
