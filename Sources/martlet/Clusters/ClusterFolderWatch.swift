internal import KubeClient
internal import Lifecycle
internal import Observability

/// Looks at a folder of kubeconfigs every so often. One that can't be read is told once and changes nothing; nor does what
/// is seen in one look only: files that belong together come one after the other, and one that is written anew may be
/// away for a moment.
struct ClusterFolderWatch: Service {
    let folder: ClusterFolder
    /// The time between two looks; see ``ConfigurationWatch/interval``.
    var interval = Duration.seconds(1)
    var clock: any Clock<Duration> = ContinuousClock()
    let logger: Logger
    /// Told what the folder brings, at first and whenever that is something else.
    let onChange: @Sendable ([ClusterOffer]) -> Void
    private let hasLooked = Latch()

    init(
        folder: ClusterFolder,
        logger: Logger,
        onChange: @escaping @Sendable ([ClusterOffer]) -> Void
    ) {
        self.folder = folder
        self.logger = logger
        self.onChange = onChange
    }

    /// Returns after the first look.
    ///
    /// - Throws: `CancellationError`.
    func waitForFirstLook() async throws { try await hasLooked.wait() }

    func run() async throws {
        _ = try await cancelOnShutdown { try await follow() }
    }

    private func follow() async throws {
        var (folder, looks, trouble) = (folder, SettledLooks(), ConfigurationProblems?.none)
        while true {
            do throws(ConfigurationProblems) {
                let offers = try folder.look()
                trouble = nil
                if looks.isNews(offers) { onChange(offers) }
            } catch {
                if error != trouble {
                    logger.error("The folder of kubeconfigs can't be used", ["problem": "\(error)"])
                }
                trouble = error
            }
            hasLooked.open()
            try await clock.sleep(for: interval)
        }
    }
}

/// Tells what counts of the looks at a folder: the first, and then what two in a row agree on. Pure.
struct SettledLooks {
    private var told: [ClusterOffer]?
    private var last: [ClusterOffer]?

    /// - Returns: whether this look is to be told.
    mutating func isNews(_ offers: [ClusterOffer]) -> Bool {
        defer { last = offers }
        guard offers != told, told == nil || offers == last else { return false }
        told = offers
        return true
    }
}
