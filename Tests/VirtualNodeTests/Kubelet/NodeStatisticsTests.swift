import KubeModel
import Providers
import TestSupport
import Testing

@testable import VirtualNode

/// What a node's pages say where its cluster tells only a part of it, or nothing.
@Suite struct NodeStatisticsTests {
    /// Says the same of whatever pods.
    private struct ScriptedUsage: UsageSource {
        var gaps: [String] = []
        var failure: ProviderError?

        private var readings: [UsageReading] {
            [UsageReading(instanceUID: "delegate-1", start: 0, cpuSeconds: 5, memoryBytes: 10, time: 100)]
        }

        func page(_ page: MetricsPage, of pods: [UID: ObjectKey]) async throws -> UsagePage {
            if let failure { throw failure }
            return UsagePage(readings: readings, gaps: gaps)
        }

        func summary(_ detail: SummaryDetail, of pods: [UID: ObjectKey]) async throws -> UsageSummary {
            if let failure { throw failure }
            return UsageSummary(pods: [Array(#"{"podRef":{}}"#.utf8)], readings: readings, gaps: gaps)
        }
    }

    private func statistics(_ usage: ScriptedUsage?) -> NodeStatistics {
        let provider = StreamingProvider(instances: [], url: "", usage: usage)
        let directory = PodDirectory()
        directory.open(provider.controller(in: ScriptedCluster("origin")), provider)
        return NodeStatistics(node: "us-east", directory: directory)
    }

    private static let gap = ScriptedUsage(gaps: ["node one did not answer"])

    private func page(_ usage: ScriptedUsage, _ page: MetricsPage = .resource) async throws -> String {
        String(decoding: try await statistics(usage).page(page).joined(), as: UTF8.self)
    }

    @Test func `Where a part is missing the page of resources says so, and there is no sum`() async throws {
        let whole = try await page(ScriptedUsage())
        #expect(whole.contains("\nnode_cpu_usage_seconds_total 5 100000\n"))
        #expect(whole.contains("\nnode_memory_working_set_bytes 10 100000\n"))
        #expect(whole.contains("\nscrape_error 0\n"))
        #expect(whole.contains("\nresource_scrape_error 0\n"))
        let part = try await page(Self.gap)
        #expect(!part.contains("node_"))
        #expect(part.contains("\nscrape_error 1\n"))
        #expect(part.contains("\nresource_scrape_error 1\n"))
    }

    @Test func `cAdvisor's page says so in its own words, and of probes there are none`() async throws {
        #expect(try await page(ScriptedUsage(), .cadvisor).contains("\ncontainer_scrape_error 0\n"))
        #expect(try await page(Self.gap, .cadvisor).contains("\ncontainer_scrape_error 1\n"))
        #expect(try await page(Self.gap, .probes).isEmpty)
    }

    @Test(arguments: SummaryDetail.allCases)
    func `Where a part is missing the summary has no figures of the node`(detail: SummaryDetail) async throws {
        let whole = try JSON.parse(try await statistics(ScriptedUsage()).summary(detail))
        #expect(whole.at("node", "cpu", "usageCoreNanoSeconds") == 5_000_000_000)
        #expect(whole.at("node", "memory", "workingSetBytes") == 10)
        let part = try JSON.parse(try await statistics(Self.gap).summary(detail))
        #expect(part.at("node", "nodeName") == "us-east")
        #expect(part.at("node", "cpu") == nil)
        #expect(part.at("node", "memory") == nil)
        #expect(part["pods"]?.array?.count == 1)
    }

    @Test(arguments: [
        (ProviderError.Code.rejected, 404), (.unavailable, 503), (.throttled(after: nil), 503), (.conflict, 503),
    ])
    func `A cluster without such a page makes a node without it, and other failures pass`(
        code: ProviderError.Code,
        status: Int
    ) async throws {
        let failure = ProviderError(code, reason: "Reason", message: "words")
        let statistics = statistics(ScriptedUsage(failure: failure))
        for page in MetricsPage.allCases {
            await #expect(throws: KubeletFailure(status, "words")) { _ = try await statistics.page(page) }
        }
        await #expect(throws: KubeletFailure(status, "words")) { _ = try await statistics.summary(.full) }
    }

    @Test func `Where nobody measures that is said`() async throws {
        let failure = KubeletFailure(503, "it is not known what the node's pods use")
        let statistics = statistics(nil)
        await #expect(throws: failure) { _ = try await statistics.page(.resource) }
        await #expect(throws: failure) { _ = try await statistics.summary(.full) }
    }
}
