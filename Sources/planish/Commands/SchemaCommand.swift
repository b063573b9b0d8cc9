import ArgumentParser
import Mixes
import Pipeline
import Spec

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Prints the JSON schema of pipeline files, for completion in editors.",
    discussion: """
      In an editor with the YAML language server, the first line of a pipeline file names it:
      # yaml-language-server: $schema=pipeline.schema.json
      """)

  @Flag(help: "Prints every key with an example instead, as Markdown.")
  var reference = false

  func run() {
    let text =
      reference
      ? KeyReference.markdown() : PipelineSchema.json(of: Registries<PlanishKinds>.all, types: QuantizationTypes.names)
    Terminal.answer(String(text.dropLast()))
  }
}
