using System.Security.Cryptography;
using System.Text;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Tokenizers;

namespace ModelAggregation.Zoo;

/// <summary>An inventory of checkpoints. It keeps no file open.</summary>
/// <example>
/// <code>
/// ModelZoo zoo = ModelZoo.Scan("models");
/// ZooClusters clusters = ZooClusters.Find(zoo);
/// </code>
/// </example>
public sealed class ModelZoo
{
    private const int DeepestFolder = 3;
    private const string AdapterPrefix = "adapter_model";

    // As a disk has some of its system's own.
    private static readonly EnumerationOptions Readable = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };

    private ModelZoo(IReadOnlyList<ZooModel> models, IReadOnlyList<UnreadableModel> unreadable, IModelResolver resolver)
    {
        Models = models;
        Unreadable = unreadable;
        Resolver = resolver;
    }

    /// <summary>Gets the models, in the order given or, of a folder, of their names.</summary>
    public IReadOnlyList<ZooModel> Models { get; }

    /// <summary>Gets the checkpoints of the folder that cannot be opened; they take part in nothing.</summary>
    public IReadOnlyList<UnreadableModel> Unreadable { get; }

    /// <summary>Gets what opens the models.</summary>
    public IModelResolver Resolver { get; }

    /// <summary>Finds the model of a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those that there are.</exception>
    public ZooModel this[string name] => Models.FirstOrDefault(model => string.Equals(model.Name, name, StringComparison.Ordinal))
        ?? throw new KeyNotFoundException($"The zoo has no model '{name}'; it has {string.Join(", ", Models.Select(model => $"'{model.Name}'"))}.");

    /// <summary>Lists the checkpoints of a folder: its folders, up to three deep, with safetensors files. Adapters are no models and left out, as are folders that may not be read.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How checkpoints are opened; the defaults when null.</param>
    /// <returns>The zoo; a model's name is its path below the folder, with slashes.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static ModelZoo Scan(string folder, CheckpointOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string full = Path.GetFullPath(folder);
        ModelResolver resolver = new(new ModelResolverOptions { BaseFolders = [full], Checkpoint = options ?? new CheckpointOptions() });
        List<ZooModel> models = [];
        List<UnreadableModel> unreadable = [];
        foreach (string name in Checkpoints(full, full, 1).Order(StringComparer.Ordinal))
        {
            try
            {
                models.Add(Describe(name, resolver));
            }
            catch (ModelDataException error)
            {
                unreadable.Add(new UnreadableModel(name, error));
            }
        }

        return new ModelZoo(models, unreadable, resolver);
    }

    /// <summary>Lists models by their references.</summary>
    /// <param name="references">The references, each once.</param>
    /// <param name="resolver">Opens them; by default folders relative to the current one, then the Hugging Face cache.</param>
    /// <exception cref="ArgumentException">There are none, or one occurs twice.</exception>
    /// <exception cref="ModelDataException">One cannot be opened.</exception>
    public static ModelZoo Open(IReadOnlyList<string> references, IModelResolver? resolver = null)
    {
        ArgumentNullException.ThrowIfNull(references);
        ArgumentOutOfRangeException.ThrowIfZero(references.Count);
        if (references.GroupBy(reference => reference, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any()) is { } twice)
        {
            throw new ArgumentException($"Model '{twice.Key}' is given twice.", nameof(references));
        }

        resolver ??= new ModelResolver();
        return new ModelZoo([.. references.Select(reference => Describe(reference, resolver))], [], resolver);
    }

    /// <summary>Returns a zoo of some of the models.</summary>
    /// <param name="names">Their names, in the order that they are to have.</param>
    /// <exception cref="KeyNotFoundException">The zoo lacks one.</exception>
    public ModelZoo Select(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return new ModelZoo([.. names.Select(name => this[name])], [], Resolver);
    }

    private static ZooModel Describe(string reference, IModelResolver resolver)
    {
        using TensorSet model = resolver.Open(reference);
        List<TensorInfo> tensors = [];
        foreach (string name in model.Names)
        {
            if (model.TryGet(name, out TensorSource? source))
            {
                tensors.Add(new TensorInfo(name, source.DataType, source.Shape));
            }
        }

        return new ZooModel
        {
            Name = reference,
            Config = model.Config,
            Tensors = tensors,
            Files = model.Files,
            VocabularySha256 = model.Folder is { } folder ? HashVocabulary(folder) : null,
            IsIdentified = model.IsIdentified,
        };
    }

    // The tokens by number: files that say the same in other words are the same vocabulary. With its length before it no token can be taken for the end of another.
    private static string? HashVocabulary(string folder) => Vocabulary.TryRead(folder) is { } vocabulary
        ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(vocabulary.Tokens.Select(token => token is null ? "-" : $"{token.Length}:{token}")))))
        : null;

    private static IEnumerable<string> Checkpoints(string root, string folder, int depth)
    {
        foreach (string child in Directory.EnumerateDirectories(folder, "*", Readable))
        {
            if (Directory.EnumerateFiles(child, "*.safetensors", Readable).Any(file => !Path.GetFileName(file).StartsWith(AdapterPrefix, StringComparison.Ordinal)))
            {
                yield return Path.GetRelativePath(root, child).Replace(Path.DirectorySeparatorChar, '/');
            }
            else if (depth < DeepestFolder)
            {
                foreach (string deeper in Checkpoints(root, child, depth + 1))
                {
                    yield return deeper;
                }
            }
        }
    }
}
