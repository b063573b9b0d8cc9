import Models

/// A model whose blocks are one list of steps.
struct ListedSteps: Architecture {
  let steps: [any Step]
  var ggufName: String { "listed" }
  var huggingFaceNames: [String] { [] }
  var modelTypes: [String] { [] }
  func block(_ shape: DecoderShape, layer: Int) -> [any Step] { steps }
}
