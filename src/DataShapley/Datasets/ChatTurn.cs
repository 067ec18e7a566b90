namespace DataShapley.Datasets;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks, as the data set calls them: <c>user</c>, <c>human</c>, <c>assistant</c>, <c>gpt</c>, <c>system</c>.</param>
/// <param name="Content">What is said.</param>
public readonly record struct ChatTurn(string Role, string Content);
