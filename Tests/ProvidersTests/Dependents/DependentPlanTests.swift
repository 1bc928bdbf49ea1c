import KubeModel
import Testing

@testable import Providers

@Suite struct DependentPlanTests {
    /// A row of the table: what is known, and the step.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let view: DependentPlan.View
        let step: DependentStep

        init(_ name: String, _ view: DependentPlan.View, _ step: DependentStep) {
            (testDescription, self.view, self.step) = (name, view, step)
        }
    }

    private static let source = ObjectKey(namespace: "shop", name: "settings")

    private static func header(uid: String = "s1", version: String = "7", type: String = "") -> SourceState {
        let json: JSON = [
            "metadata": [
                "name": "settings", "namespace": "shop", "uid": .string(uid), "resourceVersion": .string(version),
            ],
            "type": .string(type),
        ]
        return (try? SourceHeader(json: json)).map { .present($0) } ?? .unknown
    }

    private static func copy(
        of source: String = "shop/settings",
        uid: String = "s1",
        version: String? = "7",
        users: [String] = ["me"],
        _ changes: JSON = [:]
    ) -> CopyHeader? {
        var annotations: JSON = ["martlet.dev/source": .string(source), "martlet.dev/source-uid": .string(uid)]
        annotations["martlet.dev/source-version"] = version.map { .string($0) }
        var json: JSON = [
            "metadata": [
                "name": "settings", "namespace": "shop", "uid": "c1", "resourceVersion": "70",
                "annotations": annotations,
                "labels": JSON(Dictionary(users.map { ("martlet.dev/used-by-\($0)", "true") }) { first, _ in first }),
            ]
        ]
        for (field, value) in changes.object ?? [:] {
            if field == "metadata" {
                for (key, member) in value.object ?? [:] { json["metadata"]?[key] = member }
            } else {
                json[field] = value
            }
        }
        return try? CopyHeader(json: json)
    }

    private static func view(
        _ state: SourceState,
        _ copy: CopyHeader?,
        used: Bool = true,
        _ change: (inout DependentPlan.View) -> Void = { _ in }
    ) -> DependentPlan.View {
        var view = DependentPlan.View(source: state, sourceKey: source, copy: copy, isUsed: used, owner: "me")
        change(&view)
        return view
    }

    private static let ending: JSON = ["metadata": ["deletionTimestamp": "2026-11-21T06:00:00Z"]]

    @Test(arguments: [
        Row("nothing known", view(.unknown, nil), .rest),
        Row("nothing known of the source of a copy", view(.unknown, copy()), .rest),
        Row("not to be read", view(.forbidden("no"), copy()), .rest),
        Row("new", view(header(), nil), .create),
        Row("as it should be", view(header(), copy()), .rest),
        Row("edited", view(header(version: "8"), copy()), .update),
        Row("made anew, changeable", view(header(uid: "s2"), copy()), .update),
        Row("made anew, immutable", view(header(uid: "s2"), copy(["immutable": true])), .replace),
        Row("made anew, another type", view(header(uid: "s2", type: "Opaque"), copy(["type": "x"])), .replace),
        Row("became immutable", view(header(version: "8"), copy()), .update),
        Row("relabelled while immutable", view(header(version: "8"), copy(["immutable": true])), .update),
        Row("changed by others", view(header(), copy()) { $0.isDoubtful = true }, .update),
        Row("not finished", view(header(), copy(version: nil)), .replace),
        Row("of another of our nodes", view(header(), copy(users: ["you"])), .update),
        Row("shared", view(header(), copy(users: ["you", "me"])), .rest),
        Row("ending", view(header(), copy(ending)), .rest),
        Row("a stranger's, as seen last", view(header(), nil) { $0.isTaken = true }, .probe),
        Row("the stranger went", view(header(), nil) { ($0.isTaken, $0.isVacant) = (true, true) }, .create),
        Row("missing", view(.missing, nil), .rest),
        Row("missing, optional", view(.missing, nil) { $0.hasOptionalUse = true }, .probe),
        Row(
            "missing, optional, nobody there",
            view(.missing, nil) { ($0.hasOptionalUse, $0.isVacant) = (true, true) },
            .rest
        ),
        Row("deleted", view(.missing, copy()), .removeSourceless),
        Row("a token", view(header(type: "kubernetes.io/service-account-token"), nil), .rest),
        Row("became a token", view(header(type: "kubernetes.io/service-account-token"), copy()), .removeSourceless),
        Row("a copy of something else, ours", view(header(), copy(of: "other/settings")), .replace),
        Row("a copy of something else, in use", view(header(), copy(of: "other/settings", users: ["you"])), .clash),
        Row("unused", view(.unknown, copy(), used: false), .remove),
        Row("unused, ending", view(.unknown, copy(ending), used: false), .rest),
        Row("unused, claimed by nobody", view(.unknown, copy(users: []), used: false), .remove),
        Row("another node's", view(.unknown, copy(users: ["you"]), used: false), .forget),
        Row("nothing left", view(.unknown, nil, used: false), .forget),
    ])
    func `The next step for a copy`(row: Row) {
        #expect(DependentPlan.step(row.view) == row.step)
    }
}

extension DependentPlanTests {
    private static func copy(_ changes: JSON) -> CopyHeader? { copy(users: ["me"], changes) }

    @Test func `While the origin is in doubt, or not known in full, no copy is taken away`() throws {
        var view = Self.view(.missing, Self.copy())
        #expect(DependentPlan.step(view) == .removeSourceless)
        view.mayRemove = false
        #expect(DependentPlan.step(view) == .rest)
        view.isUsed = false
        #expect(DependentPlan.step(view) == .rest)
        view.mayRemove = true
        #expect(DependentPlan.step(view) == .remove)
    }
}
