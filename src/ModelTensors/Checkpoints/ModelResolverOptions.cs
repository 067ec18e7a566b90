namespace ModelTensors.Checkpoints;

/// <summary>Where models are looked for.</summary>
public sealed record ModelResolverOptions
{
    /// <summary>Gets the folders against which relative paths are resolved, in this order.</summary>
    /// <value>The current folder by default.</value>
    public IReadOnlyList<string> BaseFolders
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = ["."];

    /// <summary>Gets the root of the Hugging Face cache.</summary>
    /// <value>Null by default: <c>HF_HUB_CACHE</c>, else <c>HF_HOME/hub</c>, else <c>~/.cache/huggingface/hub</c>.</value>
    public string? HubCache { get; init; }

    /// <summary>Gets how the models are opened.</summary>
    public CheckpointOptions Checkpoint
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();
}
