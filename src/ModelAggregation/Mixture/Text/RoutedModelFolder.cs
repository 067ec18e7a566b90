using System.Security.Cryptography;
using ModelAggregation.Mixture.Routers;
using ModelTensors;
using ModelTensors.Checkpoints;
using ModelTensors.Safetensors;

namespace ModelAggregation.Mixture.Text;

/// <summary>Saves and opens routed models. A folder holds <c>routed.json</c> and the weights of the router in <c>router.safetensors</c>; models are referred to by paths relative to it, where there are any.</summary>
public static class RoutedModelFolder
{
    internal const string DocumentName = "routed.json";
    internal const string RouterName = "router.safetensors";
    internal const string RouterPath = "router";

    private const long LargestDocument = 16 << 20;

    /// <summary>Tells whether a folder holds a routed model.</summary>
    /// <param name="folder">The folder.</param>
    public static bool IsOne(string? folder) => !string.IsNullOrEmpty(folder) && File.Exists(Path.Combine(folder, DocumentName));

    /// <summary>Saves a routed model; one that is there is replaced. The document is written last, and knows the hash of the router's file: what was interrupted is found out.</summary>
    /// <param name="model">The routed model. The content of its models' files is hashed where they have no identity.</param>
    /// <param name="folder">The folder; it is created where it is not there, and holds no model of its own.</param>
    /// <param name="cancellationToken">Stops the hashing.</param>
    /// <returns>The routed model as it was saved, with full paths and identities.</returns>
    /// <exception cref="RoutedModelException">A model is not there or itself routed, or the folder holds another one.</exception>
    /// <exception cref="ArgumentException">There are fewer than two models, another number than the router has, or two of one name.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static RoutedModel Save(RoutedModel model, string folder, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (model.Experts.Count < 2 || model.Experts.Count != model.Router.Router.ExpertCount || model.Experts.Any(expert => string.IsNullOrEmpty(expert.Name))
            || model.Experts.DistinctBy(expert => expert.Name, StringComparer.Ordinal).Count() != model.Experts.Count)
        {
            throw new ArgumentException($"{model.Experts.Count} models, and a router of {model.Router.Router.ExpertCount}: there are two or more, each with a name of its own.", nameof(model));
        }

        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(Path.Combine(root, "config.json")))
        {
            throw new RoutedModelException(RoutedModelError.FolderInUse, $"'{root}' holds a model of its own: save the routed model to another folder.", root);
        }

        Dictionary<string, string> known = new(StringComparer.Ordinal);
        RoutedModel saved = model with
        {
            Experts = [.. model.Experts.Select(expert => expert with { Folder = Path.GetFullPath(expert.Folder), Identity = expert.Identity ?? Identify(expert.Folder, expert.Name, known, cancellationToken) })],
            Router = model.Router with { Model = Path.GetFullPath(model.Router.Model), Identity = model.Router.Identity ?? Identify(model.Router.Model, "router", known, cancellationToken) },
        };
        byte[] weights = Serialize(model.Router.Router);
        Directory.CreateDirectory(root);
        DurableFile.Write(Path.Combine(root, RouterName), weights);
        DurableFile.Write(Path.Combine(root, DocumentName), RoutedModelJson.Write(saved, root, Convert.ToHexStringLower(SHA256.HashData(weights))));
        return saved;
    }

    /// <summary>Opens a routed model. Its models are not opened, nor are their files looked at.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The routed model, with full paths.</returns>
    /// <exception cref="RoutedModelException">There is none, or it is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static RoutedModel Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string document = Path.Combine(root, DocumentName);
        if (!File.Exists(document))
        {
            throw new RoutedModelException(RoutedModelError.NotFound, $"'{root}' holds no routed model: it has no {DocumentName}.", document);
        }

        return new FileInfo(document).Length <= LargestDocument
            ? RoutedModelJson.Read(File.ReadAllBytes(document), document, root)
            : throw new RoutedModelException(RoutedModelError.FileInvalid, $"'{document}' has {new FileInfo(document).Length} bytes; a routed model has at most {LargestDocument}.", document);
    }

    /// <summary>Checks that the files of all models are those that a routed model was saved with.</summary>
    /// <param name="model">The routed model, as it was opened.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="RoutedModelException">A model is missing or was changed.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static void EnsureUnchanged(RoutedModel model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        EnsureUnchanged(model.Router.Model, "router", model.Router.Identity, cancellationToken);
        foreach (RoutedModelExpert expert in model.Experts.DistinctBy(expert => expert.Folder, StringComparer.Ordinal).Where(expert => !string.Equals(expert.Folder, model.Router.Model, StringComparison.Ordinal)))
        {
            EnsureUnchanged(expert.Folder, expert.Name, expert.Identity, cancellationToken);
        }
    }

    internal static void EnsureUnchanged(string folder, string name, string? identity, CancellationToken cancellationToken)
    {
        string now = Identify(folder, name, new Dictionary<string, string>(StringComparer.Ordinal), cancellationToken);
        if (!string.Equals(now, identity, StringComparison.Ordinal))
        {
            throw new RoutedModelException(
                RoutedModelError.ModelChanged, $"The files of '{name}' in '{folder}' are not those that the routed model was saved with: save it anew, or bring them back.", folder, name);
        }
    }

    internal static Router ReadRouter(string root, RouterKind kind, string hash)
    {
        string path = Path.Combine(root, RouterName);
        try
        {
            using (FileStream file = File.OpenRead(path))
            {
                if (!string.Equals(Convert.ToHexStringLower(SHA256.HashData(file)), hash, StringComparison.Ordinal))
                {
                    throw new RoutedModelException(RoutedModelError.RouterInvalid, $"'{path}' is not the router that was saved with {DocumentName}: saving was interrupted, or the file changed. Save the routed model anew.", path);
                }
            }

            using Checkpoint tensors = Checkpoint.Open(path);
            return Router.FromTensors(kind, tensors, RouterPath);
        }
        catch (Exception e) when (e is FileNotFoundException or SafetensorsException or CheckpointException or RouterException)
        {
            throw new RoutedModelException(RoutedModelError.RouterInvalid, $"'{path}' holds no router: {e.Message}", path, innerException: e);
        }
    }

    private static string Identify(string folder, string name, Dictionary<string, string> known, CancellationToken cancellationToken)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (IsOne(full))
        {
            throw new RoutedModelException(RoutedModelError.Nested, $"'{name}' in '{full}' is a routed model itself: route to its models.", full, name);
        }

        if (!known.TryGetValue(full, out string? identity))
        {
            identity = ModelFolderHash.Of(full, cancellationToken)
                ?? throw new RoutedModelException(RoutedModelError.ModelMissing, $"'{full}', the folder of '{name}', has no safetensors files.", full, name);
            known.Add(full, identity);
        }

        return identity;
    }

    private static byte[] Serialize(Router router)
    {
        SafetensorsHeader header = SafetensorsHeader.Create([.. router.Tensors.Select(tensor => new TensorInfo($"{RouterPath}.{tensor.Key}", tensor.Value.DataType, tensor.Value.Shape))]);
        byte[] bytes = new byte[checked((int)header.FileLength)];
        header.Write().CopyTo(bytes, 0);
        foreach ((string name, HostTensor tensor) in router.Tensors)
        {
            if (header.TryGet($"{RouterPath}.{name}", out SafetensorsEntry? entry))
            {
                tensor.Source.Read(0, bytes.AsSpan(checked((int)(header.DataOffset + entry.Begin)), checked((int)(entry.End - entry.Begin))));
            }
        }

        return bytes;
    }
}
