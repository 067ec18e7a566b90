namespace ModelAggregation.Glue;

/// <summary>The models that a pipeline begins with: a folder of checkpoints, some of its models, or a list of references.</summary>
public sealed record GlueZoo
{
    /// <summary>Gets the folder of checkpoints (<c>folder</c>); see <see cref="Zoo.ModelZoo.Scan"/>.</summary>
    /// <value>Null by default: <see cref="Models"/> are references of their own.</value>
    public string? Folder { get; init; }

    /// <summary>Gets the models (<c>models</c>): names in <see cref="Folder"/>, or references such as folders and names in the Hugging Face cache.</summary>
    /// <value>Empty by default: all of the folder. The order matters to leader clustering and to ties.</value>
    public IReadOnlyList<string> Models
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = [.. value];
        }
    } = [];

    /// <summary>Makes a zoo of all checkpoints of a folder.</summary>
    /// <param name="folder">The folder.</param>
    public static implicit operator GlueZoo(string folder) => FromFolder(folder);

    /// <summary>Makes a zoo of all checkpoints of a folder.</summary>
    /// <param name="folder">The folder.</param>
    public static GlueZoo FromFolder(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new GlueZoo { Folder = folder };
    }
}
