import Testing

@testable import Providers

@Suite struct NamespaceTemplateTests {
    @Test(arguments: [
        ("{namespace}", "shop"), ("{namespace}-paris", "shop-paris"), ("paris-{namespace}", "paris-shop"),
        ("{namespace}-{origin}", "shop-0a1b2c3d"), ("m{origin}-{namespace}-x", "m0a1b2c3d-shop-x"),
    ])
    func `The pod's namespace and the origin stand in their places`(template: String, expected: String) throws {
        let name = try NamespaceTemplate(template).name(for: "shop", originID: "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9")
        #expect(name == expected)
    }

    @Test(arguments: [
        "", "one", "{origin}", "{namespace}{namespace}", "{Namespace}", "{namespace}-Paris", "-{namespace}",
        "{namespace}-", "{namespace}.x", "kube-{namespace}",
        "{namespace}-123456789012345678901234567890123456789012345678901234567890123",
    ])
    func `A template that folds namespaces or makes no name is refused`(template: String) {
        #expect(throws: NamespaceTemplateError.self) { try NamespaceTemplate(template) }
    }
}
