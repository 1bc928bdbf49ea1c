import Foundation
import KubeModel

extension JSON {
    /// The same kubeconfig, of one cluster, that knows its API server by these authorities alone.
    func believing(_ authoritiesPEM: [UInt8]) -> JSON {
        var config = self
        var cluster = config["clusters"]?[0]?["cluster"] ?? [:]
        cluster["certificate-authority-data"] = .string(Data(authoritiesPEM).base64EncodedString())
        config["clusters"] = [["name": config["clusters"]?[0]?["name"] ?? "", "cluster": cluster]]
        return config
    }
}
