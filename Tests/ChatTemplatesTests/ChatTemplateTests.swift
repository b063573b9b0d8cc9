import ChatTemplates
import Checkpoints
import Testing

@Suite struct ChatTemplateTests {
  @Test(arguments: try ChatTemplateFixture.load("chat-templates.json"))
  func writesWhatJinjaWrites(_ fixture: ChatTemplateFixture) throws {
    let template = try ChatTemplate(fixture.template)
    for (messages, expected) in fixture.cases {
      if let expected {
        let text = try template.render(messages: messages, variables: fixture.variables)
        #expect(text.utf8.elementsEqual(expected.utf8), "\(text.debugDescription), not \(expected.debugDescription)")
      } else {
        #expect(throws: ChatTemplateError.self) {
          try template.render(messages: messages, variables: fixture.variables)
        }
      }
    }
  }

  @Test func refusalsCarryTheReasonAndTheLine() throws {
    let template = try ChatTemplate("a\n{% if true %}\n{{ raise_exception('only users, please') }}{% endif %}")
    #expect(throws: ChatTemplateError.refused(line: 3, message: "only users, please")) {
      try template.render(messages: .array([]))
    }
  }
}
