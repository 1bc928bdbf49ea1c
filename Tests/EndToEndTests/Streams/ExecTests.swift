import KubeModel
import Testbed
import Testing

extension RealContainers {
    /// `kubectl exec`, `attach`, `cp` and `port-forward` of a delegated pod, by each kubectl.
    @Suite struct ExecTests {}
}

extension RealContainers.ExecTests {
    @Test("A command's input, output, errors and exit code are its own", .rows(92, 105), arguments: Kubectl.present)
    func exec(kubectl: Kubectl) async throws {
        try await TestSpace.with("exec") { space in
            try await space.start("web", Manifest.idle)
            let words = try await space.shell(kubectl, "k exec web -- sh -c 'echo out; echo err >&2; exit 7'")
            #expect(words.output == "out\n")
            #expect(words.errorOutput.hasPrefix("err\n"))
            #expect(words.status == .exited(code: 7))
            let names = try await space.shell(kubectl, #"k exec web -- printf '%s|' 'a b' '&c=d' 'ü' '%2F' '' '"'"#)
            #expect(names.output == #"a b|&c=d|ü|%2F||"|"#)
            // The command ends because its input does.
            let half = try await space.shell(kubectl, "echo hi | k exec -i web -- sh -c 'cat; echo after'").checked()
            #expect(half.output == "hi\nafter\n")
        }
    }

    @Test("Bytes are the same at the other end, however many", .rows(92, 105), arguments: Kubectl.present)
    func bytes(kubectl: Kubectl) async throws {
        try await TestSpace.with("bytes") { space in
            try await space.start("web", Manifest.idle)
            // Newer kubectls ping every five seconds, and an API server or a kubelet that is pinged while the last output is on
            // its way drops that, without martlet too (kubernetes/kubernetes#124571). So the command ends when its output has
            // come, and what is copied may be resumed.
            let script = """
                head -c 64000000 /dev/urandom >there
                resumed=$(k cp --help | grep -q -- --retries && echo --retries=10)
                (cat there; until cmp -s echo there; do sleep 0.1; done) | k exec -i web -- cat >echo && cmp echo there \
                    && echo echoed
                k cp there web:/tmp/there && k cp $resumed web:/tmp/there back >/dev/null && cmp there back && echo copied
                """
            let result = try await space.shell(kubectl, script).checked()
            #expect(result.output == "echoed\ncopied\n")
        }
    }

    @Test("A command that is silent for 100 s is still there, and speaks", .rows(105), arguments: Kubectl.present)
    func silence(kubectl: Kubectl) async throws {
        // Without a pass of the fleet's, for it does nothing but wait: it goes on beside all others.
        try await TestSpace.with("silence", sharing: Fleet.current) { space in
            try await space.start("web", Manifest.idle)
            // As above the command ends when its output has come.
            let script = """
                (echo before; sleep 100; echo after; until grep -q after heard || [ -e ended ]; do sleep 0.1; done) \
                    | { k exec -i web -- cat >heard; status=$?; touch ended; exit $status; } && cat heard
                """
            let result = try await space.shell(kubectl, script).checked()
            #expect(result.output == "before\nafter\n")
        }
    }

    @Test("A terminal has its size, and a new one when it changes", .rows(92, 105), arguments: Kubectl.present)
    func terminal(kubectl: Kubectl) async throws {
        try await TestSpace.with("tty") { space in
            try await space.start("web", Manifest.idle)
            let wait = { (size: String) in "until [ \"$(stty size)\" = \"\(size)\" ]; do sleep 0.1; done" }
            let watch = "\(wait("33 44")); echo before; \(wait("55 66")); echo after"
            // `script` gives the terminal; its size is set from within, before and while the command runs.
            let inner = """
                stty rows 33 cols 44; terminal=$(tty)
                (until grep -q before typed; do sleep 0.1; done; stty -F "$terminal" rows 55 cols 66) &
                exec '\(try kubectl.path())' --namespace \(space.name) exec -it web -- sh -c '\(watch)'
                """
            let result = try await space.shell(
                kubectl,
                "cat >inner <<'END'\n\(inner)\nEND\ntouch typed; script -qefc 'bash inner' typed </dev/null"
            )
            #expect(result.output.contains("before"))
            #expect(result.output.contains("after"))
        }
    }

    @Test("Who attaches speaks with the container's own process", .rows(92, 105), arguments: Kubectl.present)
    func attach(kubectl: Kubectl) async throws {
        try await TestSpace.with("attach") { space in
            let container: JSON = ["stdin": true, "stdinOnce": true]
            // What comes just before a container's end may get lost on the way to who is attached.
            let script = "while read word; do echo heard $word; done; sleep 3"
            try await space.start("web", script, container: container, ["restartPolicy": "Never"])
            let result = try await space.shell(kubectl, "printf 'one\\ntwo\\n' | k attach -i web").checked()
            #expect(result.output.contains("heard one\nheard two\n"))
            try await space.pod("web", "has ended", within: .seconds(20)) { $0.phase == "Succeeded" }
        }
    }

    @Test("Who attaches to a terminal gives it its size", .rows(92, 105), arguments: Kubectl.present)
    func attachTerminal(kubectl: Kubectl) async throws {
        try await TestSpace.with("attachtty") { space in
            let container: JSON = ["stdin": true, "tty": true]
            // What comes just before a container's end may get lost on the way to who is attached.
            let script = "until [ \"$(stty size)\" = '33 44' ]; do sleep 0.1; done; echo so it is; sleep 3"
            try await space.start("web", script, container: container, ["restartPolicy": "Never"])
            let inner = """
                stty rows 33 cols 44
                exec '\(try kubectl.path())' --namespace \(space.name) attach -it web
                """
            let result = try await space.shell(
                kubectl,
                "cat >inner <<'END'\n\(inner)\nEND\nscript -qefc 'bash inner' typed </dev/null"
            )
            #expect(result.output.contains("so it is"), "\(result)")
        }
    }

    @Test("Connections of a port-forward go both ways, and either end may close them", .rows(92, 105))
    func forwardBothWays() async throws {
        try await TestSpace.with("bothways") { space in
            // Of the one port the client closes the connections, of the other the server. (A client that goes with bytes
            // on their way to it has the SPDY of kubectl stand still, without martlet too.)
            let serve = "nc -ll -p 8080 -e cat & nc -ll -p 8081 -e head -c 100000 &"
            // nc lets two connections wait. With more, the kernel of the server answers with cookies, and resets a client
            // whose second segment is the first that it has room for; without them the client just tries again.
            let sysctls: JSON = [["name": "net.ipv4.tcp_syncookies", "value": "0"]]
            try await space.start("web", "\(serve) \(Manifest.idle)", ["securityContext": ["sysctls": sysctls]])
            let script = """
                b port-forward web :8080 :8081 >said & forward=$!
                port() { sed -n "s/.*127.0.0.1:\\([0-9]*\\) -> $1/\\1/p" said; }
                until [ -n "$(port 8080)" ] && [ -n "$(port 8081)" ]; do sleep 0.1; done
                by_client() { head -c 100000 <&3; }
                by_server() { cat <&3; }
                both() {
                    head -c 100000 /dev/urandom >sent.$2
                    exec 3<>/dev/tcp/127.0.0.1/$3; cat sent.$2 >&3 & $1 >got.$2
                    cmp sent.$2 got.$2 && echo intact >>result.$1
                }
                for i in $(seq 50); do
                    (both by_client c$i $(port 8080)) & all="$all $!"; (both by_server s$i $(port 8081)) & all="$all $!"
                done
                wait $all; kill $forward; wc -l <result.by_client; wc -l <result.by_server
                """
            let result = try await space.shell(.own, script)
            #expect(result.output == "50\n50\n")
        }
    }

    @Test("Many connections go through one port-forward", .rows(92, 105), arguments: Kubectl.present)
    func forward(kubectl: Kubectl) async throws {
        try await TestSpace.with("forward") { space in
            let serve = "head -c 300000 /dev/urandom >/tmp/file; httpd -p 8080 -h /tmp"
            try await space.start("web", "\(serve); \(Manifest.idle)")
            let script = """
                b port-forward web :8080 >said & forward=$!
                until port=$(sed -n 's/.*127.0.0.1:\\([0-9]*\\) .*/\\1/p' said) && [ -n "$port" ]; do sleep 0.1; done
                want=$(k exec web -- md5sum /tmp/file | cut -d' ' -f1)
                for i in $(seq 100); do
                    curl -s --max-time 120 "http://127.0.0.1:$port/file" | md5sum | grep -c "$want" >got.$i & all="$all $!"
                done
                wait $all; kill $forward; cat got.* | sort | uniq -c | tr -s ' '
                """
            let result = try await space.shell(kubectl, script)
            #expect(result.output == " 100 1\n")
        }
    }
}
