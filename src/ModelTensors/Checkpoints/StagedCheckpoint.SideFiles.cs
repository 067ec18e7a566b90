namespace ModelTensors.Checkpoints;

/// <content>Copying what accompanies the tensors of a model.</content>
public sealed partial class StagedCheckpoint
{
    private static readonly string[] SideFileNames =
    [
        "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt",
        "merges.txt", "chat_template.jinja", "chat_template.json", "generation_config.json", "preprocessor_config.json", "processor_config.json",
    ];

    /// <summary>Copies the tokenizer and the other files that accompany a model's tensors, those that it has; its <c>config.json</c> is not one of them.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="leavesOut">Tells whether a file is left out, by its name; none is when null.</param>
    /// <exception cref="CheckpointException">The disk is full.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public void CopySideFiles(string folder, Predicate<string>? leavesOut = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        foreach (string name in SideFileNames.Where(name => File.Exists(Path.Combine(folder, name)) && leavesOut?.Invoke(name) is not true))
        {
            CopyFile(Path.Combine(folder, name), name);
        }
    }
}
