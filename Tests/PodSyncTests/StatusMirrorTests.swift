import KubeModel
import Providers
import TestSupport
import Testing

@testable import PodSync

@Suite struct StatusMirrorTests {
    private let ready: JSON = ["type": "Ready", "status": "True", "lastTransitionTime": "2026-11-21T06:00:01Z"]
    private let containersReady: JSON = [
        "type": "ContainersReady", "status": "True", "lastTransitionTime": "2026-11-21T06:00:01Z",
    ]

    private func patch(
        status current: JSON,
        spec: JSON = [:],
        phase: PodPhase = .running,
        isTerminating: Bool = false,
        restartBase: [String: Int64] = [:],
        delegate: JSON,
        isEnding: Bool = false
    ) throws -> JSON? {
        let pod = try PodFixture.pod(spec: spec, status: current)
        let instance = PodFixture.instance(
            for: pod,
            phase: phase,
            isTerminating: isTerminating,
            restartBase: restartBase,
            status: delegate
        )
        return StatusMirror.patch(
            pod: try pod.json(),
            instance: instance,
            status: try instance.status(),
            isEnding: isEnding
        )
    }

    private func conditions(_ patch: JSON?) -> [String: JSON] {
        var result: [String: JSON] = [:]
        for condition in patch?.at("status", "conditions")?.array ?? [] {
            result[condition["type"]?.string ?? ""] = condition
        }
        return result
    }

    @Test func `What the pod says already is not written again`() throws {
        let status: JSON = [
            "phase": "Running", "podIP": "10.0.0.9", "containerStatuses": [PodFixture.running()],
            "conditions": [ready, containersReady],
        ]
        #expect(try patch(status: status, delegate: status) == nil)
    }

    @Test func `A change is one small patch that is bound to the pod's UID`() throws {
        let patch = try #require(try patch(status: ["phase": "Pending"], delegate: ["podIP": "10.0.0.9"]))
        #expect(patch == ["metadata": ["uid": "uid-1"], "status": ["phase": "Running", "podIP": "10.0.0.9"]])
    }

    @Test func `Fields that nobody knows yet are mirrored`() throws {
        let patch = try patch(status: ["phase": "Running"], delegate: ["tomorrow": ["a": 1]])
        #expect(patch?.at("status", "tomorrow") == ["a": 1])
    }

    @Test(arguments: ["qosClass", "nominatedNodeName", "observedGeneration", "resourceClaimStatuses"])
    func `What belongs to the origin is left alone`(field: String) throws {
        var current: JSON = ["phase": "Running"]
        current[field] = "the origin's"
        #expect(try patch(status: current, delegate: [:]) == nil)
        var delegate: JSON = [:]
        delegate[field] = "the delegate's"
        #expect(try patch(status: ["phase": "Running"], delegate: delegate) == nil)
    }

    @Test func `Conditions that others own survive`() throws {
        let foreign: [JSON] = [
            ["type": "PodScheduled", "status": "True"],
            ["type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"],
            ["type": "example.com/ready", "status": "True"],
        ]
        let current: JSON = ["phase": "Running", "conditions": .array(foreign)]
        let delegate: JSON = [
            "conditions": [
                ready, ["type": "PodScheduled", "status": "True", "lastTransitionTime": "later"],
                ["type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"],
            ]
        ]
        #expect(Set(conditions(try patch(status: current, delegate: delegate)).keys) == ["Ready"])
        #expect(Set(conditions(try patch(status: [:], delegate: delegate)).keys) == ["Ready"])
    }

    @Test func `A condition that somebody turned over is the delegate's again`() throws {
        let turned: JSON = ["type": "Ready", "status": "False", "reason": "NodeNotReady"]
        let patch = try patch(status: ["phase": "Running", "conditions": [turned]], delegate: ["conditions": [ready]])
        let written = try #require(conditions(patch)["Ready"])
        #expect(written["status"] == "True")
        #expect(written["reason"] == .null)
    }

    @Test func `A pod is not ready by the word of an earlier delegate`() throws {
        let current: JSON = ["phase": "Running", "conditions": [ready, containersReady]]
        let written = conditions(try patch(status: current, phase: .pending, delegate: [:]))
        #expect(written["Ready"]?["status"] == "False")
        #expect(written["ContainersReady"]?["$patch"] == "delete")
    }

    @Test(arguments: [(nil, "False"), ("False", "False"), ("True", "True")] as [(String?, String)])
    func `Ready honours the readiness gates of the origin`(gate: String?, expected: String) throws {
        var current: JSON = ["phase": "Running"]
        if let gate { current["conditions"] = [["type": "example.com/lb", "status": .string(gate)]] }
        let spec: JSON = ["readinessGates": [["conditionType": "example.com/lb"]]]
        let patch = try patch(status: current, spec: spec, delegate: ["conditions": [ready, containersReady]])
        #expect(conditions(patch)["Ready"]?["status"]?.string == expected)
        #expect(conditions(patch)["example.com/lb"] == nil)
    }

    @Test func `A delegate that the remote can't place says so in a condition of its own`() throws {
        let unplaced: JSON = [
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available",
        ]
        let current: JSON = ["phase": "Pending", "conditions": [["type": "PodScheduled", "status": "True"]]]
        let written = conditions(try patch(status: current, phase: .pending, delegate: ["conditions": [unplaced]]))
        #expect(written["martlet.dev/DelegateScheduled"]?["message"] == "0/3 nodes are available")
        #expect(written["PodScheduled"] == nil)
        let said: JSON = [
            "phase": "Running", "conditions": [["type": "martlet.dev/DelegateScheduled", "status": "False"]],
        ]
        let after = conditions(try patch(status: said, delegate: [:]))
        #expect(after["martlet.dev/DelegateScheduled"]?["$patch"] == "delete")
    }

    @Test func `A changed address replaces the old one`() throws {
        let current: JSON = ["phase": "Running", "podIPs": [["ip": "10.0.0.1"]]]
        let patch = try patch(status: current, delegate: ["podIPs": [["ip": "10.0.0.2"]]])
        #expect(patch?.at("status", "podIPs") == [["$patch": "replace"], ["ip": "10.0.0.2"]])
    }

    @Test func `Restart counts go on from those of earlier delegates`() throws {
        let delegate: JSON = ["containerStatuses": [PodFixture.running(restarts: 2)]]
        let patch = try patch(status: ["phase": "Running"], restartBase: ["main": 5], delegate: delegate)
        #expect(patch?.at("status", "containerStatuses")?[0]?["restartCount"] == 7)
    }

    @Test(arguments: [(Int64.max, Int64.max), (1, .max), (.max, 1), (Int64(Int32.max), 1)] as [(Int64, Int64)])
    func `Restart counts beyond all there is stay within what a pod can say`(restarts: Int64, base: Int64) throws {
        let delegate: JSON = ["containerStatuses": [["name": "main", "restartCount": .int(restarts)]]]
        let patch = try patch(status: ["phase": "Running"], restartBase: ["main": base], delegate: delegate)
        #expect(patch?.at("status", "containerStatuses")?[0]?["restartCount"] == 2_147_483_647)
    }

    @Test func `Containers stay in sight while a new delegate starts`() throws {
        let current: JSON = ["phase": "Running", "containerStatuses": [PodFixture.running(restarts: 4)]]
        let patch = try patch(status: current, phase: .pending, restartBase: ["main": 5], delegate: [:])
        let container = patch?.at("status", "containerStatuses")?[0]
        #expect(container?["restartCount"] == 5)
        #expect(container?["ready"] == false)
        #expect(container?.at("state", "waiting", "reason") == "ContainerCreating")
    }

    @Test func `What became of an earlier delegate's container is its last state, as far as it was seen`() throws {
        func lastState(_ state: JSON, last: JSON? = nil, id: String = "a", delegateID: String = "b") throws -> JSON? {
            var earlier: JSON = ["name": "main", "restartCount": 1, "containerID": .string(id), "state": state]
            earlier["lastState"] = last
            let now: JSON = [
                "name": "main", "restartCount": 0, "containerID": .string(delegateID), "state": ["running": [:]],
            ]
            let patch = try patch(
                status: ["phase": "Running", "containerStatuses": [earlier]],
                restartBase: ["main": 2],
                delegate: ["containerStatuses": [now]]
            )
            return patch?.at("status", "containerStatuses")?[0]?.at("lastState", "terminated")
        }
        let ended: JSON = ["terminated": ["exitCode": 3]]
        #expect(try lastState(ended) == ["exitCode": 3])
        #expect(try lastState(["running": [:]])?["exitCode"] == 137)
        #expect(try lastState(["running": [:]])?["reason"] == "ContainerStatusUnknown")
        #expect(try lastState(["waiting": [:]], last: ended) == ["exitCode": 3])
        #expect(try lastState(["running": [:]], last: ended, delegateID: "a") == ["exitCode": 3])
    }

    @Test func `Ephemeral containers of an earlier delegate have ended and stay in sight`() throws {
        let debug: JSON = ["name": "debug", "restartCount": 0, "state": ["running": [:]]]
        let other: JSON = ["name": "other", "restartCount": 0, "state": ["running": [:]]]
        let patch = try patch(
            status: ["phase": "Running", "ephemeralContainerStatuses": [debug]],
            delegate: ["ephemeralContainerStatuses": [other]]
        )
        let statuses = patch?.at("status", "ephemeralContainerStatuses")?.array ?? []
        #expect(statuses.count == 2)
        #expect(statuses.first == other)
        #expect(statuses.last?.at("state", "terminated", "reason") == "ContainerStatusUnknown")
    }

    // MARK: - Generations

    @Test func `Status and conditions are of the pod's generation, on releases that count them`() throws {
        let pod = try PodFixture.pod(metadata: ["generation": 3], status: ["phase": "Running"])
        func patch(_ update: UpdateState) throws -> JSON? {
            let instance = PodFixture.instance(for: pod, status: ["conditions": [ready], "observedGeneration": 9])
            let status = try instance.status()
            return StatusMirror.patch(
                pod: try pod.json(),
                instance: instance,
                status: status,
                isEnding: false,
                update: update
            )
        }
        let current = try patch(.current)
        #expect(current?.at("status", "observedGeneration") == 3)
        #expect(conditions(current)["Ready"]?["observedGeneration"] == 3)
        let pending = try patch(.pending)
        #expect(pending?.at("status", "observedGeneration") == nil)
        #expect(conditions(pending)["Ready"]?["observedGeneration"] == nil)
    }

    @Test func `The end of an init container is not taken back where API servers refuse that`() throws {
        let ended: JSON = ["name": "init", "restartCount": 0, "state": ["terminated": ["exitCode": 0]]]
        let again: JSON = ["name": "init", "restartCount": 0, "state": ["running": [:]]]
        let current: JSON = ["phase": "Running", "initContainerStatuses": [ended]]
        let delegate: JSON = ["initContainerStatuses": [again]]
        let onFailure = try patch(status: current, spec: ["restartPolicy": "OnFailure"], delegate: delegate)
        #expect(onFailure == nil)
        let always = try patch(status: current, delegate: delegate)
        #expect(always?.at("status", "initContainerStatuses")?[0]?.at("state", "running") != nil)
    }

    @Test func `The end of a delegate that a stranger deleted is not the pod's end`() throws {
        let patch = try patch(
            status: ["phase": "Running", "conditions": [ready]],
            phase: .failed,
            isTerminating: true,
            delegate: ["conditions": [ready]]
        )
        #expect(patch?.at("status", "phase") == nil)
        #expect(conditions(patch)["Ready"]?["status"] == "False")
    }

    @Test func `The same end is the pod's when the pod itself is to go`() throws {
        let patch = try patch(
            status: ["phase": "Running"],
            phase: .failed,
            isTerminating: true,
            delegate: [:],
            isEnding: true
        )
        #expect(patch?.at("status", "phase") == "Failed")
    }

    @Test func `The reason why there was no delegate is taken back when there is one`() throws {
        let said: JSON = ["type": "martlet.dev/Delegated", "status": "False", "reason": "DelegateForbidden"]
        let patch = try patch(status: ["phase": "Running", "conditions": [said]], delegate: [:])
        #expect(conditions(patch)["martlet.dev/Delegated"]?["status"] == "True")
    }

    // MARK: - Disruptions

    @Test(arguments: [(PodPhase.failed, true), (.running, false)])
    func `What disrupted an instance has disrupted its pod if the end is the pod's`(
        phase: PodPhase,
        isCarried: Bool
    ) throws {
        let delegate: JSON = ["conditions": [PodFixture.disruption("PreemptionByScheduler")]]
        let spec: JSON = ["restartPolicy": "Never"]
        let patch = try patch(
            status: ["phase": "Running"],
            spec: spec,
            phase: phase,
            isTerminating: true,
            delegate: delegate
        )
        #expect(conditions(patch)["DisruptionTarget"]?["reason"]?.string == (isCarried ? "PreemptionByScheduler" : nil))
    }

    @Test func `What the origin says of a disruption stays`() throws {
        let patch = try patch(
            status: ["phase": "Running", "conditions": [PodFixture.disruption("EvictionByEvictionAPI")]],
            spec: ["restartPolicy": "Never"],
            phase: .failed,
            isTerminating: true,
            delegate: ["conditions": [PodFixture.disruption("EvictionByEvictionAPI"), ready]]
        )
        #expect(conditions(patch)["DisruptionTarget"] == nil)
    }
}
