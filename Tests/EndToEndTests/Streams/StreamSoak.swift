import Foundation
import KubeModel
import Testbed
import Testing

/// Streams in which nothing is said for hours, and then something is; meanwhile others carry gibibytes. Only where it is
/// asked for (`make soak`), and for less than the four hours after which kubelets and container runtimes end streams that
/// are silent.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["MARTLET_SOAK_IDLE"] != nil, "MARTLET_SOAK_IDLE is not given"),
    .fleet(.realContainers)
)
struct StreamSoak {
    @Test(
        "An exec, an attach and a port-forward are silent for hours, then bytes pass both ways and exit codes return",
        .rows(92, 105),
        arguments: Kubectl.present
    )
    func silence(kubectl: Kubectl) async throws {
        let seconds = try #require(ProcessInfo.processInfo.environment["MARTLET_SOAK_IDLE"].flatMap { Int($0) })
        // Without a pass of the fleet's, for it does nothing but wait: both kubectls are silent at the same time.
        try await TestSpace.with("idle", sharing: Fleet.current) { space in
            try await space.start("web", "nc -ll -p 8080 -e cat & \(Manifest.idle)")
            let container: JSON = ["stdin": true, "stdinOnce": true]
            try await space.start("talker", Self.heard(exit: 9), container: container, ["restartPolicy": "Never"])
            let result = try await space.shell(
                kubectl,
                deadline: .seconds(seconds + 900),
                Self.script(silence: seconds)
            )
            #expect(result.output == "before\nafter\nexec 7\nattach 0\nforward\n", "\(result)")
            let pod = try await space.pod("talker", "has ended", within: .seconds(30)) {
                $0.terminated() != nil
            }
            #expect(pod.terminated()?["exitCode"]?.int == 9)
        }
    }

    @Test("A gibibyte is copied to a pod and comes back as it was, with each kubectl", .rows(92, 105))
    func copy() async throws {
        try await TestSpace.with("gibibyte", sharing: Fleet.current) { space in
            try await space.start("web", Manifest.idle)
            // One kubectl after the other: there are three such files at a time. Resumed as `ExecTests` tells.
            for kubectl in Kubectl.present {
                let script = """
                    head -c 1073741824 /dev/urandom >there
                    resumed=$(k cp --help | grep -q -- --retries && echo --retries=10)
                    k cp there web:/tmp/there && k cp $resumed web:/tmp/there back >/dev/null && cmp there back \
                        && echo copied
                    """
                let result = try await space.shell(kubectl, deadline: .seconds(3600), script)
                #expect(result.output == "copied\n", "\(result)")
            }
        }
    }

    /// Says what it hears until nothing more comes.
    private static func heard(exit code: Int) -> String {
        "while read word; do echo heard $word; done; exit \(code)"
    }

    /// Streams whose inputs are held open, a word for each of them, the silence, another word, and their ends. Each end
    /// comes when all that was said before it has been heard.
    private static func script(silence: Int) -> String {
        """
        trap 'kill $(jobs -pr)' EXIT
        mkfifo to.exec to.attach; exec 3<>to.exec 4<>to.attach
        b exec -i web -- sh -c '\(heard(exit: 7))' <to.exec >from.exec 3>&- 4>&- & exec=$!
        b attach -i talker <to.attach >from.attach 3>&- 4>&- & attach=$!
        b port-forward web :8080 >said 3>&- 4>&- & forward=$!
        are_open() { kill -0 $exec && kill -0 $attach && kill -0 $forward; }
        until port=$(sed -n 's/.*127.0.0.1:\\([0-9]*\\) .*/\\1/p' said) && [ -n "$port" ]; do
            sleep 0.2; are_open || exit 1
        done
        exec 5<>/dev/tcp/127.0.0.1/$port
        pass() {
            echo $1 >&3; echo $1 >&4
            looks=0
            until grep -qx "heard $1" from.exec && grep -qx "heard $1" from.attach; do
                sleep 0.2; looks=$((looks + 1)); [ $looks -lt 1500 ] && are_open || exit 1
            done
            head -c 100000 /dev/urandom >sent; cat sent >&5 & timeout 300 head -c 100000 <&5 >got
            cmp sent got && echo $1
        }
        pass before
        begin=$SECONDS
        while [ $((SECONDS - begin)) -lt \(silence) ]; do
            sleep 5; are_open || { echo "one of them has ended within $((SECONDS - begin)) s" >&2; exit 1; }
        done
        pass after
        exec 3>&-; wait $exec; echo "exec $?"
        exec 4>&-; wait $attach; echo "attach $?"
        exec 5>&-; kill -0 $forward && echo forward
        """
    }
}
