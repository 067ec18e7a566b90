namespace ModelRuntime.Tasks;

/// <summary>A question with the answer to learn or to expect.</summary>
/// <param name="Task">The name of the task.</param>
/// <param name="Prompt">The question, such as <c>rev:abcde=</c>.</param>
/// <param name="Answer">The answer, such as <c>edcba</c>.</param>
public sealed record TaskExample(string Task, string Prompt, string Answer);
