import KubeModel

/// Containers that run something, for fleets with real nodes. There is no registry: a node has the images of
/// `scripts/images.sh` and no others.
extension Manifest {
    /// Busybox, whose shell has what a test needs: wget, nc, httpd, env, sleep, trap, …. Debian's static build crashes
    /// at `wget -T`; `timeout 2 wget …` does the same.
    static let busybox = "busybox:1.35"

    /// A container that runs a shell script. Its first process is the shell, so a script that is to end with SIGTERM
    /// must trap it.
    ///
    /// - Parameter changes: further members, or others, of the container.
    static func shell(_ script: String, name: String = "main", _ changes: JSON = [:]) -> JSON {
        overlay(
            changes,
            on: [
                "name": .string(name), "image": .string(busybox), "command": ["sh", "-c", .string(script)],
                "env": [["name": "NODE_ADDRESS", "valueFrom": ["fieldRef": ["fieldPath": "status.hostIP"]]]],
            ]
        )
    }

    /// A pod spec whose only container runs a script; its pods go a second after they were asked to.
    static func shellPod(_ script: String, container: JSON = [:], _ changes: JSON = [:]) -> JSON {
        pod(of: [shell(script, container)], changes)
    }

    /// A pod spec of such containers.
    static func pod(of containers: [JSON], _ changes: JSON = [:]) -> JSON {
        overlay(changes, on: ["containers": .array(containers), "terminationGracePeriodSeconds": 1])
    }

    /// A Job of batch/v1 whose pods run a script.
    static func shellJob(_ name: String, _ script: String, _ changes: JSON = [:]) -> JSON {
        let template: JSON = [
            "metadata": ["labels": ["app": .string(name)]],
            "spec": shellPod(script, ["restartPolicy": "Never"]),
        ]
        return [
            "apiVersion": "batch/v1", "kind": "Job", "metadata": ["name": .string(name)],
            "spec": overlay(changes, on: ["template": template]),
        ]
    }

    /// A script that does nothing until it is asked to end.
    static let idle = "trap 'exit 0' TERM; while :; do sleep 1 & wait; done"
}
