import KubeClient
import KubeModel
import Testing

extension DelegationTests {
    /// Whatever makes pods works: the origin's own controllers do.
    @Suite struct WorkloadTests {}
}

extension DelegationTests.WorkloadTests {
    @Test("A bare pod, a ReplicaSet and a StatefulSet run as delegates", .rows(81, 83))
    func kinds() async throws {
        try await TestSpace.with("kinds") { space in
            try await space.apply(Manifest.pod("bare"))
            try await space.apply(Manifest.replicaSet("replicas", replicas: 2))
            try await space.apply(Manifest.statefulSet("stateful", replicas: 3))
            let snapshot = try await space.running(6, within: .seconds(30))
            #expect(snapshot.pods.map(\.name).filter { $0.hasPrefix("stateful") }.sorted().last == "stateful-2")
            let statefulSet = try await eventually("the StatefulSet's status says so") {
                try await space.origin.client.get(.statefulSets, namespace: space.name, name: "stateful")
            } until: {
                $0.statusNumber("readyReplicas") == 3
            }
            #expect(statefulSet.statusNumber("currentReplicas") == 3)
        }
    }

    @Test("A Job of six completions, three at a time, succeeds exactly six times", .rows(45, 81))
    func job() async throws {
        try await TestSpace.with("job") { space in
            let watch = try await PodWatch.start(in: space, client: space.origin.client)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await watch.run() }
                try await space.apply(Manifest.job("batch", seconds: 3, spec: ["completions": 6, "parallelism": 3]))
                let job = try await space.finishedJob("batch", condition: "Complete", within: .seconds(40))
                #expect(job.statusNumber("succeeded") == 6)
                #expect(job.statusNumber("failed") == 0)
                group.cancelAll()
            }
            let snapshot = try await space.snapshot()
            #expect(snapshot.pods.map(\.phase) == Array(repeating: "Succeeded", count: 6))
            #expect(snapshot.delegates.map(\.object.phase) == Array(repeating: "Succeeded", count: 6))
            #expect(snapshot.isOneToOne)
            #expect((1...3).contains(watch.readyOverTime.max() ?? 0))
        }
    }

    @Test("A Job's failed pods are counted, and it fails at its limit", .rows(89))
    func backoff() async throws {
        try await TestSpace.with("backoff") { space in
            try await space.apply(Manifest.job("batch", seconds: 0.5, exitCode: 3, spec: ["backoffLimit": 1]))
            let job = try await space.finishedJob("batch", condition: "Failed", within: .seconds(60))
            #expect(job.condition("Failed")?["reason"]?.string == "BackoffLimitExceeded")
            #expect(job.statusNumber("failed") == 2)
            let snapshot = try await space.snapshot()
            #expect(snapshot.pods.map(\.phase) == ["Failed", "Failed"])
            let codes = snapshot.pods.map { $0.firstContainer?.at("state", "terminated", "exitCode")?.int }
            #expect(codes == [3, 3])
        }
    }

    @Test("A Job whose containers start again on failure keeps one pod, and its restarts are counted", .rows(78, 89))
    func restarts() async throws {
        try await TestSpace.with("restarts") { space in
            let pod = Manifest.podSpec(["restartPolicy": "OnFailure"])
            var job = Manifest.job("batch", seconds: 1, exitCode: 7)
            job["spec"]?["template"]?["spec"] = pod
            try await space.apply(job)
            let snapshot = try await eventually("the pod counts restarts with their exit code", within: .seconds(20)) {
                try await space.snapshot()
            } until: {
                ($0.pods.first?.restarts ?? 0) >= 2
            }
            #expect(snapshot.pods.count == 1)
            let last = snapshot.pods[0].firstContainer?.at("lastState", "terminated")
            #expect(last?["exitCode"]?.int == 7)
            #expect(last?["reason"]?.string == "Error")
        }
    }

    @Test("A CronJob makes a Job at its minute, whose pod runs and succeeds", .rows(45, 81))
    func cronJob() async throws {
        try await TestSpace.with("cron") { space in
            let served = try await space.origin.client.firstServed(of: [.cronJobs, .cronJobsBeta])
            let resource = try #require(served)
            let cron: JSON = [
                "apiVersion": .string(resource.apiVersion), "kind": "CronJob", "metadata": ["name": "tick"],
                "spec": ["schedule": "* * * * *", "jobTemplate": ["spec": Manifest.jobSpec("tick", seconds: 1)]],
            ]
            try await space.apply(cron)
            let snapshot = try await eventually("the CronJob's pod has succeeded", within: .seconds(85)) {
                try await space.snapshot()
            } until: {
                $0.pods.contains { $0.phase == "Succeeded" } && $0.isOneToOne
            }
            #expect(!snapshot.delegates.isEmpty)
        }
    }

    @Test("A delegate that its cluster evicts makes the pod Failed with the reason, and it is replaced", .rows(89))
    func evicted() async throws {
        try await TestSpace.with("evicted") { space in
            try await space.apply(Manifest.replicaSet("web", replicas: 1))
            let first = try await space.running(1)
            let victim = first.delegates[0]
            let eviction: JSON = [
                "status": ["phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."]
            ]
            _ = try await space.fleet.remote(victim.cluster).client.patch(
                .pods,
                namespace: space.name,
                name: victim.object.name,
                subresource: "status",
                type: .merge,
                body: eviction
            )
            let pod = try await space.pod(first.pods[0].name, "failed") { $0.phase == "Failed" }
            #expect(pod.at("status", "reason")?.string == "Evicted")
            #expect(pod.at("status", "message")?.string == "The node was low on memory.")
            try await eventually("another pod runs instead") {
                try await space.snapshot()
            } until: {
                $0.pods.contains { $0.uid != pod.uid && $0.isReady } && $0.isOneToOne
            }
        }
    }

    @Test(
        "Manifests like those of Kubernetes' first examples run as they are",
        .rows(62),
        arguments: SampleManifest.all
    )
    func sample(_ sample: SampleManifest) async throws {
        try await TestSpace.with("sample") { space in
            try await space.apply(sample.text)
            try await space.running(sample.pods, within: .seconds(30))
        }
    }
}

extension TestSpace {
    /// A Job, once it has ended.
    fileprivate func finishedJob(_ job: String, condition: String, within: Duration) async throws -> JSON {
        try await eventually("Job \(job) has the condition \(condition)", within: within) {
            try await origin.client.get(.jobs, namespace: name, name: job)
        } until: {
            $0.condition(condition)?["status"]?.string == "True"
        }
    }
}
