import KubeModel
import Testing

extension RealContainers {
    /// What a container sees of ConfigMaps and Secrets.
    @Suite struct DependentFileTests {}
}

extension RealContainers.DependentFileTests {
    @Test("A container has what it refers to in its environment and files, and its files follow an edit", .rows(79, 93))
    func files() async throws {
        try await TestSpace.with("files") { space in
            try await space.kubectl("create", "configmap", "settings", "--from-literal=mode=first")
            try await space.kubectl("create", "secret", "generic", "keys", "--from-literal=key=opensesame")
            let script = """
                before=$(ls /later)
                until [ "$(cat /settings/mode)" = second ] && [ -e /later/mode ]; do sleep 0.5; done
                echo "$mode $KEY $(cat /keys/key) $(cat /settings/mode) '$before' $(cat /later/mode)" >/dev/termination-log
                """
            let container: JSON = [
                "envFrom": [["configMapRef": ["name": "settings"]]],
                "env": [["name": "KEY", "valueFrom": ["secretKeyRef": ["name": "keys", "key": "key"]]]],
                "volumeMounts": [
                    ["name": "settings", "mountPath": "/settings"], ["name": "keys", "mountPath": "/keys"],
                    ["name": "later", "mountPath": "/later"],
                ],
            ]
            let volumes: JSON = [
                ["name": "settings", "configMap": ["name": "settings"]],
                ["name": "keys", "projected": ["sources": [["secret": ["name": "keys"]]]]],
                ["name": "later", "configMap": ["name": "later", "optional": true]],
            ]
            let spec = Manifest.shellPod(script, container: container, ["restartPolicy": "Never", "volumes": volumes])
            try await space.apply(Manifest.pod("web", spec))
            try await space.pod("web", "runs", within: .seconds(25)) { $0.phase == "Running" }
            try await space.kubectl("patch", "configmap", "settings", "--patch", #"{"data":{"mode":"second"}}"#)
            try await space.kubectl("create", "configmap", "later", "--from-literal=mode=third")
            // A kubelet brings new content to files within its sync period and its cache's life: up to two minutes.
            let pod = try await space.pod("web", "has seen the edit", within: .seconds(120)) { $0.phase == "Succeeded" }
            #expect(pod.lastWords == "first opensesame opensesame second '' third")
        }
    }

    @Test("Labels and annotations that a pod gets later are in the files of its downward API", .rows(113))
    func downward() async throws {
        try await TestSpace.with("downward") { space in
            let script = "until grep -q gold /about/tier && grep -q new /about/note; do sleep 0.2; done"
            let items: JSON = [
                ["path": "tier", "fieldRef": ["fieldPath": "metadata.labels['tier']"]],
                ["path": "note", "fieldRef": ["fieldPath": "metadata.annotations['example.com/note']"]],
            ]
            let spec = Manifest.shellPod(
                script,
                container: ["volumeMounts": [["name": "about", "mountPath": "/about"]]],
                ["restartPolicy": "Never", "volumes": [["name": "about", "downwardAPI": ["items": items]]]]
            )
            try await space.apply(Manifest.pod("web", spec))
            try await space.pod("web", "runs", within: .seconds(25)) { $0.phase == "Running" }
            try await space.kubectl("label", "pod/web", "tier=gold")
            try await space.kubectl("annotate", "pod/web", "example.com/note=new")
            try await space.pod("web", "has seen both", within: .seconds(100)) { $0.phase == "Succeeded" }
        }
    }
}
