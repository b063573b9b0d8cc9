import Foundation
import JSON
import Mixes
import Pipeline
import Spec
import TestSupport
import Testing

/// The JSON schema and the reference of the language, which are made from its readers.
@Suite struct SchemaTests {
  private static let text = PipelineSchema.json(of: Registries<PlanishKinds>.all, types: QuantizationTypes.names)
  /// Names under which keys are described, found by reading the schema's own words.
  private static let guides = KeyGuide.all

  private func schema() throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(Self.text.utf8)) as? [String: Any])
  }

  /// Every `properties` entry of the schema that is a key of the language has a description.
  @Test func everyKeyIsDescribed() throws {
    var bare: Set<String> = []
    var count = 0
    let schema = try schema()
    let definitions = try #require(schema["definitions"] as? [String: Any])
    /// What stands in a place, or what the place points to.
    func target(_ property: Any) -> [String: Any] {
      let object = property as? [String: Any] ?? [:]
      guard let name = (object["$ref"] as? String)?.split(separator: "/").last else { return object }
      return definitions[String(name)] as? [String: Any] ?? [:]
    }
    func visit(_ value: Any, _ path: String) {
      if let list = value as? [Any] { for item in list { visit(item, path) } }
      guard let object = value as? [String: Any] else { return }
      for (key, inner) in object.sorted(by: { $0.key < $1.key }) {
        if key == "properties", let properties = inner as? [String: Any] {
          for (name, property) in properties {
            count += 1
            let own = (property as? [String: Any])?["description"]
            if own == nil, target(property)["description"] == nil { bare.insert("\(path).\(name)") }
            visit(property, "\(path).\(name)")
          }
        } else {
          visit(inner, path)
        }
      }
    }
    visit(schema, "")
    #expect(count > 200)
    #expect(bare.isEmpty, "\(bare.sorted())")
  }

  /// Whatever there is a guide of is a key: its words stand in the schema.
  @Test(arguments: KeyGuide.all.map(\.name))
  func everyGuideIsOfAKey(_ name: String) throws {
    let guide = try #require(Self.guides.first { $0.name == name })
    #expect(Self.text.contains("\"description\": \(JSONText.quoted(guide.summary))"))
  }

  /// What the repository holds is what `planish schema` and `planish schema --reference` print.
  @Test func theCommittedFilesAreThose() throws {
    func committed(_ path: String) throws -> String {
      try String(contentsOf: SharedMaterial.packageRoot.appending(path: path), encoding: .utf8)
    }
    let hasSchema = try committed("docs/schemas/pipeline.json") == Self.text
    #expect(hasSchema, "planish schema > docs/schemas/pipeline.json")
    let hasReference = try committed("docs/keys.md") == KeyReference.markdown()
    #expect(hasReference, "planish schema --reference > docs/keys.md")
  }

  @Test func namesAreUnlike() {
    #expect(Set(Self.guides.map(\.name)).count == Self.guides.count)
  }

  @Test(arguments: KeyGuide.all.map(\.name))
  func everyExampleIsRead(_ name: String) throws {
    let guide = try #require(Self.guides.first { $0.name == name })
    let folder = try TemporaryFolder()
    try folder.write(
      "base.yaml", "planish: 1\nmodel: {path: model}\nquantize: {type: q4_k_m}\nemit: [{gguf: base.gguf}]\n")
    try folder.write("parts/model.yaml", "name: other\n")
    let extending = guide.example.contains("extends:") ? "" : "extends: base.yaml\n"
    let file = try folder.write("p.yaml", extending + guide.example)
    if extending.isEmpty {
      try folder.write("parts/model.yaml", "extends: ../base.yaml\n")
    }
    #expect(throws: Never.self) { try SpecFile.load(path: file, registries: .all) }
  }
}
