// swift-tools-version: 6.2
import PackageDescription

/// The one place that names a CPU. On x86-64 it also reaches Swift's own code generation (F16C, FMA, AVX2).
#if arch(x86_64)
  let cpu: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-march=x86-64-v3"])]
#else
  let cpu: [SwiftSetting] = []
#endif

let strict: [SwiftSetting] =
  Context.environment["PLANISH_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]

let settings: [SwiftSetting] =
  cpu + strict + [.enableUpcomingFeature("ExistentialAny")]

/// Of targets in which each unsafe expression has to say so; docs/architecture.md says what is in the others.
let checked = settings + [.strictMemorySafety()]

/// Targets, lowest first. A target may only depend on those above it in this list.
let package = Package(
  name: "planish",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
    .systemLibrary(name: "CMalloc"),
    .systemLibrary(name: "CFiles"),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(
      name: "Tensors", dependencies: ["CMalloc", "COpenSSL"],
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),
    .target(
      name: "LinearAlgebra", dependencies: ["COpenBLAS", "Tensors"], swiftSettings: settings),
    .target(
      name: "Schemes", dependencies: ["Tensors"],
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),
    .target(
      name: "Solvers", dependencies: ["Tensors", "LinearAlgebra", "Schemes"],
      swiftSettings: settings),
    .target(name: "Patterns", swiftSettings: checked),
    .target(name: "JSON", swiftSettings: checked),
    .target(
      name: "Checkpoints", dependencies: ["CFiles", "Tensors", "Schemes", "Patterns", "JSON"], swiftSettings: settings),
    .target(name: "Tokenizers", dependencies: ["Tensors", "Patterns", "JSON", "Checkpoints"], swiftSettings: checked),
    .target(name: "ChatTemplates", dependencies: ["JSON"], swiftSettings: checked),
    .target(
      name: "Models", dependencies: ["Tensors", "LinearAlgebra", "Schemes", "Patterns", "JSON", "Checkpoints"],
      swiftSettings: settings),
    .target(name: "Mixes", dependencies: ["Schemes", "Models"], swiftSettings: checked),
    .target(
      name: "Transforms",
      dependencies: ["Tensors", "LinearAlgebra", "Schemes", "Solvers", "Checkpoints", "Models"],
      swiftSettings: checked),
    .target(
      name: "Calibration",
      dependencies: [
        "Tensors", "LinearAlgebra", "Solvers", "JSON", "Checkpoints", "Tokenizers", "ChatTemplates", "Models",
      ],
      swiftSettings: settings),
    .target(
      name: "Validation",
      dependencies: ["Tensors", "LinearAlgebra", "JSON", "Checkpoints", "Tokenizers", "Models", "Calibration"],
      swiftSettings: settings),
    .target(
      name: "Spec",
      dependencies: [
        "Tensors", "JSON", "Checkpoints", "Calibration", "Validation", .product(name: "Yams", package: "Yams"),
      ], swiftSettings: checked),
    .target(
      name: "Products",
      dependencies: ["Tensors", "Schemes", "Solvers", "JSON", "Checkpoints", "Tokenizers", "Models", "Spec"],
      swiftSettings: checked),
    .target(
      name: "Pipeline",
      dependencies: [
        "Tensors", "LinearAlgebra", "Schemes", "Solvers", "JSON", "Checkpoints", "Tokenizers", "Models", "Mixes",
        "Products", "Transforms", "Calibration", "Validation", "Spec",
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: settings),
    .target(
      name: "Reports",
      dependencies: [
        "JSON", "Transforms", "Validation", "Spec", "Products", "Pipeline",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: [.embedInCode("Templates")], swiftSettings: settings),
    .executableTarget(
      name: "planish",
      dependencies: [
        "Tensors", "LinearAlgebra", "Schemes", "JSON", "Checkpoints", "Tokenizers", "Models", "Mixes",
        "Calibration",
        "Validation", "Spec", "Products",
        "Pipeline",
        "Reports",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: settings),
    .executableTarget(
      name: "bench",
      dependencies: [
        "Tensors", "LinearAlgebra", "Schemes", "Solvers", "Checkpoints", "Models", "Calibration",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Benchmarks", swiftSettings: settings),
    .target(
      name: "TestSupport", dependencies: ["Tensors", "Checkpoints"], path: "Tests/TestSupport",
      swiftSettings: settings),
    .target(
      name: "Fuzzing",
      dependencies: [
        "CMalloc", "Tensors", "Patterns", "JSON", "Checkpoints", "Tokenizers", "ChatTemplates", "Models", "Calibration",
        "Validation", "Pipeline",
        "TestSupport",
      ], path: "Tests/Fuzzing", swiftSettings: settings),
    .executableTarget(
      name: "fuzz",
      dependencies: ["Fuzzing", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Tests/FuzzProgram", swiftSettings: settings),
    .testTarget(
      name: "FuzzingTests", dependencies: ["fuzz", "Fuzzing", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "TensorsTests", dependencies: ["Tensors", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "LinearAlgebraTests", dependencies: ["Tensors", "LinearAlgebra", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "SchemesTests", dependencies: ["Tensors", "Schemes", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "SolversTests",
      dependencies: ["Tensors", "LinearAlgebra", "Schemes", "Solvers", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "PatternsTests", dependencies: ["Patterns", "TestSupport"], swiftSettings: settings),
    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: settings),
    .testTarget(
      name: "CheckpointsTests", dependencies: ["Tensors", "Schemes", "JSON", "Checkpoints", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "TokenizersTests",
      dependencies: ["Tensors", "JSON", "Checkpoints", "Tokenizers", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "ChatTemplatesTests", dependencies: ["JSON", "Checkpoints", "ChatTemplates", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "ModelsTests",
      dependencies: [
        "Tensors", "LinearAlgebra", "Schemes", "Checkpoints", "Models", "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "MixesTests", dependencies: ["Tensors", "Schemes", "Models", "Mixes", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "TransformsTests",
      dependencies: [
        "Tensors", "LinearAlgebra", "Schemes", "Solvers", "Checkpoints", "Models", "Transforms",
        "TestSupport",
      ], swiftSettings: settings),
    .testTarget(
      name: "CalibrationTests",
      dependencies: [
        "Tensors", "LinearAlgebra", "JSON", "Checkpoints", "Tokenizers", "Models", "Calibration",
        "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ValidationTests",
      dependencies: [
        "Tensors", "Checkpoints", "Tokenizers", "Models", "Calibration", "Validation",
        "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "SpecTests", dependencies: ["Validation", "Spec", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "PipelineTests",
      dependencies: [
        "Tensors", "LinearAlgebra", "Schemes", "Solvers", "JSON", "Checkpoints", "Tokenizers", "Models",
        "Calibration",
        "Validation", "Spec", "Products",
        "Pipeline", "Mixes", "TestSupport",
      ], swiftSettings: settings),
    .testTarget(
      name: "ReportsTests",
      dependencies: ["Tensors", "JSON", "Checkpoints", "Pipeline", "Reports", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "CommandTests", dependencies: ["planish", "Schemes", "JSON", "Checkpoints", "TestSupport"],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)

/// `make sanitize` builds the targets that hold all unsafe code and all threads, with their tests, and nothing else.
if Context.environment["PLANISH_LOWEST"] != nil {
  let lowest = [
    "Tensors", "LinearAlgebra", "Schemes", "Solvers", "Patterns", "JSON", "Checkpoints", "Tokenizers",
    "ChatTemplates", "Models",
  ]
  let kept = Set(
    ["COpenBLAS", "CMalloc", "CFiles", "COpenSSL", "TestSupport"] + lowest + lowest.map { "\($0)Tests" })
  package.targets.removeAll { !kept.contains($0.name) }
}

/// `make mpi` builds the program with ranks, and names the library by its pkg-config: `ompi-c` or `mpich`.
if let library = Context.environment["PLANISH_MPI"] {
  package.targets += [
    .systemLibrary(name: "CMPI", pkgConfig: library, providers: [.apt(["libopenmpi-dev"])]),
    .target(name: "MPIRanks", dependencies: ["CMPI", "Tensors"], swiftSettings: settings),
  ]
  for target in package.targets where target.name == "planish" {
    target.dependencies.append("MPIRanks")
    target.swiftSettings = settings + [.define("MPI")]
  }
}
