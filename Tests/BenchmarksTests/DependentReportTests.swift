import KubeModel
import Testing

@testable import Benchmarks

@Suite("Report of dependents")
struct DependentReportTests {
    @Test("Calls about pods are told for each, all others in all, and those that go on with time not at all")
    func calls() {
        let traffic = APITraffic(
            calls: 26,
            byKind: ["create pods": 1, "patch pods": 1.5, "create secrets": 0.3, "watch secrets": 0, "patch nodes": 2]
        )
        let row = DependentReport.Row(accounts: .none, size: 10, cluster: "remote", perPod: traffic)
        #expect(row.podCalls == 2.5)
        #expect(row.otherCalls == ["create secrets": 3])
        let report = DependentReport(release: "v1.20.2", rows: [row])
        let cells = report.text.split(separator: "\n").last?.split(separator: "|").map { $0.filter { $0 != " " } }
        #expect(cells == ["none", "10", "remote", "2.50", "3", "createsecrets3"])
        #expect(report.json["trials"]?[0]?.at("otherCalls", "create secrets")?.int == 3)
    }
}
