import KubeClient
import KubeModel
import Testing

@Suite struct ResourceTests {
    @Test(
        "Paths follow the group, the scope and the part that is asked for",
        arguments: [
            (Resource.pods.path(), "/api/v1/pods"),
            (Resource.pods.path(namespace: "shop"), "/api/v1/namespaces/shop/pods"),
            (Resource.pods.path(namespace: ""), "/api/v1/pods"),
            (Resource.pods.path(namespace: "shop", name: "a"), "/api/v1/namespaces/shop/pods/a"),
            (
                Resource.pods.path(namespace: "shop", name: "a", subresource: "status"),
                "/api/v1/namespaces/shop/pods/a/status"
            ),
            (Resource.nodes.path(name: "n", subresource: "proxy/metrics"), "/api/v1/nodes/n/proxy/metrics"),
            (Resource.nodes.path(namespace: "ignored", name: "n"), "/api/v1/nodes/n"),
            (Resource.deployments.path(namespace: "shop"), "/apis/apps/v1/namespaces/shop/deployments"),
            (
                Resource.leases.path(namespace: "kube-node-lease", name: "n"),
                "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n"
            ),
        ]
    )
    func paths(path: String, expected: String) {
        #expect(path == expected)
    }

    @Test(
        "Names never leave their segment of the path",
        arguments: [
            ("a.b-c_d~1", "a.b-c_d~1"), ("a/b", "a%2Fb"), ("..", "%2E%2E"), (".", "%2E"), ("a?b#c", "a%3Fb%23c"),
            ("a b%", "a%20b%25"), ("ü", "%C3%BC"), ("system:node:x", "system%3Anode%3Ax"),
        ]
    )
    func encoding(name: String, expected: String) {
        #expect(Resource.nodes.path(name: name) == "/api/v1/nodes/" + expected)
    }

    @Test("A query is encoded on both sides of the equals sign")
    func query() {
        #expect(
            PercentEncoding.query([("labelSelector", "a=b,c in (d)"), ("x", "")])
                == "?labelSelector=a%3Db%2Cc%20in%20%28d%29&x="
        )
        #expect(PercentEncoding.query([]).isEmpty)
    }

    @Test("The items of a list get the kind that the server left out, and keep one that is there")
    func typed() {
        let item = Resource.deployments.typed(["metadata": ["name": "a"]])
        #expect(item["kind"] == "Deployment")
        #expect(item["apiVersion"] == "apps/v1")
        #expect(Resource.pods.typed(["kind": "Other"])["kind"] == "Other")
    }

    @Test("Delete options say only what was asked for")
    func deleteOptions() {
        #expect(DeleteOptions().json == ["apiVersion": "v1", "kind": "DeleteOptions"])
        let options = DeleteOptions(gracePeriodSeconds: 0, uid: "u", resourceVersion: "5", propagation: .foreground)
        #expect(
            options.json == [
                "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0, "propagationPolicy": "Foreground",
                "preconditions": ["uid": "u", "resourceVersion": "5"],
            ]
        )
    }
}
