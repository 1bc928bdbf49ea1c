// swift-tools-version: 6.2
import PackageDescription

// The rooms of the house (docs/architecture.md). Imports run downwards only: a target may import those named in its
// `dependencies` and nothing else, and the build is run with `--explicit-target-dependency-import-check error`.
let package = Package(
    name: "martlet",
    products: [
        .executable(name: "martlet", targets: ["martlet"]),
        .executable(name: "martlet-testbed", targets: ["TestbedCommand"]),
        .executable(name: "martlet-bench", targets: ["Benchmarks"]),
    ],
    targets: [
        // C libraries, each behind one thin room.
        .target(
            name: "CTransport",
            path: "Sources/Native/CTransport",
            linkerSettings: [.linkedLibrary("curl"), .linkedLibrary("ssl"), .linkedLibrary("crypto")]
        ),
        .target(
            name: "CYAML",
            path: "Sources/Native/CYAML",
            linkerSettings: [.linkedLibrary("yaml")]
        ),
        .target(
            name: "CJSON",
            path: "Sources/Native/CJSON",
            linkerSettings: [.linkedLibrary("simdjson")]
        ),
        .target(name: "CProcess", path: "Sources/Native/CProcess"),

        // Leaves.
        .target(name: "Lifecycle"),
        .target(name: "Observability"),
        .target(name: "KubeModel", dependencies: ["CJSON"]),

        // The house.
        .target(name: "Transport", dependencies: ["CTransport", "Lifecycle", "Observability"]),
        .target(name: "Admission", dependencies: ["KubeModel", "Transport", "Lifecycle", "Observability"]),
        .target(
            name: "KubeClient",
            dependencies: ["CYAML", "KubeModel", "Transport", "Lifecycle", "Observability"]
        ),
        .target(
            name: "Providers",
            dependencies: ["KubeClient", "KubeModel", "Transport", "Lifecycle", "Observability"]
        ),
        .target(
            name: "PodSync",
            dependencies: ["Providers", "KubeClient", "KubeModel", "Lifecycle", "Observability"]
        ),
        .target(
            name: "VirtualNode",
            dependencies: [
                "PodSync", "Providers", "KubeClient", "KubeModel", "Transport", "Lifecycle", "Observability",
            ]
        ),
        .target(
            name: "Administration",
            dependencies: ["VirtualNode", "Providers", "KubeClient", "KubeModel", "Lifecycle", "Observability"]
        ),
        .executableTarget(
            name: "martlet",
            dependencies: [
                "Administration", "Admission", "VirtualNode", "PodSync", "Providers", "KubeClient", "KubeModel",
                "Transport", "Lifecycle", "Observability",
            ]
        ),

        // Real control planes on one machine.
        .target(
            name: "Testbed",
            dependencies: [
                "CProcess", "VirtualNode", "PodSync", "Providers", "KubeClient", "KubeModel", "Transport", "Lifecycle",
                "Observability",
            ]
        ),
        .executableTarget(
            name: "TestbedCommand",
            dependencies: ["Testbed", "KubeClient", "KubeModel", "Lifecycle", "Observability"]
        ),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CTransport", "Testbed", "KubeClient", "KubeModel", "Transport", "Lifecycle", "Observability",
            ],
            path: "Benchmarks"
        ),

        // Tests.
        .target(name: "CThreadSanitizer", path: "Tests/CThreadSanitizer"),
        .target(
            name: "TestSupport",
            dependencies: [
                "CThreadSanitizer", "CTransport", "Providers", "KubeClient", "KubeModel", "Transport", "Lifecycle",
                "Observability",
            ],
            path: "Tests/TestSupport"
        ),
        .testTarget(name: "LifecycleTests", dependencies: ["Lifecycle", "TestSupport"]),
        .testTarget(name: "ObservabilityTests", dependencies: ["Observability", "TestSupport"]),
        .testTarget(
            name: "KubeModelTests",
            dependencies: ["KubeModel", "TestSupport"],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(
            name: "TransportTests",
            dependencies: ["CTransport", "Transport", "Lifecycle", "TestSupport"],
            exclude: ["Fuzz/http.dict"],
            resources: [.copy("Fuzz/Corpus")]
        ),
        .testTarget(
            name: "AdmissionTests",
            dependencies: ["Admission", "KubeModel", "Transport", "Lifecycle", "Observability", "TestSupport"]
        ),
        .testTarget(
            name: "KubeClientTests",
            dependencies: ["KubeClient", "KubeModel", "Transport", "Lifecycle", "Observability", "TestSupport"]
        ),
        .testTarget(
            name: "ProvidersTests",
            dependencies: ["Providers", "KubeClient", "KubeModel", "Lifecycle", "TestSupport"],
            resources: [.copy("Fixtures"), .copy("Fuzz/Corpus")]
        ),
        .testTarget(
            name: "PodSyncTests",
            dependencies: ["PodSync", "Providers", "KubeClient", "KubeModel", "Lifecycle", "TestSupport"]
        ),
        .testTarget(
            name: "VirtualNodeTests",
            dependencies: [
                "VirtualNode", "PodSync", "Providers", "KubeClient", "KubeModel", "Transport", "Lifecycle",
                "Observability", "TestSupport",
            ],
            resources: [.copy("Fuzz/Corpus")]
        ),
        .testTarget(
            name: "AdministrationTests",
            dependencies: [
                "Administration", "VirtualNode", "Providers", "KubeClient", "KubeModel", "Lifecycle", "Observability",
                "TestSupport",
            ]
        ),
        .testTarget(
            name: "MartletTests",
            dependencies: [
                "martlet", "Administration", "Admission", "VirtualNode", "Providers", "KubeClient", "KubeModel",
                "Transport", "Observability", "TestSupport",
            ]
        ),
        .testTarget(name: "BenchmarksTests", dependencies: ["Benchmarks", "Testbed", "KubeClient", "KubeModel"]),
        .testTarget(name: "TestbedTests", dependencies: ["Testbed", "KubeModel"]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Testbed", "Providers", "KubeClient", "KubeModel", "Transport", "Lifecycle", "Observability",
                "TestSupport",
            ]
        ),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

let cTargets = ["CTransport", "CYAML", "CJSON", "CProcess", "CThreadSanitizer"]
for target in package.targets where !cTargets.contains(target.name) {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
}
