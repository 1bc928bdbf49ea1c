/// Where things are as a node sees them. Inside of its mount namespace a node has `/run`, `/var/lib/kubelet`,
/// `/var/lib/cni` and `/var/log` of its own, so that programs with fixed paths (a kubelet of 1.20 logs pods to
/// /var/log/pods and removes what it does not know there) meet neither the machine's files nor another node's, and
/// paths of sockets stay short wherever the run keeps its files.
enum NodePaths {
    /// The node's directory in that of the run.
    static let state = "/run/node"
    /// Made last when the namespaces are set up.
    static let readyMark = "namespaces-ready"

    static let authority = "\(state)/ca.crt"
    static let clientCertificate = "\(state)/client.crt"
    static let clientKey = "\(state)/client.key"
    static let servingCertificate = "\(state)/serving.crt"
    static let servingKey = "\(state)/serving.key"
    static let kubeconfig = "\(state)/kubeconfig"
    static let kubeletConfiguration = "\(state)/kubelet.json"
    static let resolverConfiguration = "\(state)/resolv.conf"
    static let containerdConfiguration = "\(state)/containerd.toml"
    static let containerdRoot = "\(state)/containerd"
    static let podNetworks = "\(state)/networks"
    static let containerdSocket = "/run/containerd/containerd.sock"
    static let containerdEndpoint = "unix://\(containerdSocket)"

    /// What `scripts/images.sh` names the image that holds a pod's namespaces.
    static let pauseImage = "localhost/pause:1"
}
