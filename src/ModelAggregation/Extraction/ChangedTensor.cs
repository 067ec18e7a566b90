using ModelAggregation.Merging.Planning;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Extraction;

/// <summary>A tensor of both models that may have changed.</summary>
internal sealed record ChangedTensor(string Name, TensorSource Tuned, TensorSource Origin, LoraModuleKind Kind, TensorTreatment Treatment)
{
    private const int NamedTensors = 3;

    // Embeddings that merging does not know as such, because they have no row for each token.
    private static readonly string[] OtherEmbeddings = ["wpe", "position_embeddings", "token_type_embeddings", "embed_positions"];

    /// <summary>Gets the path of the module.</summary>
    public string Module => Name.LastIndexOf('.') is int dot && dot > 0 ? Name[..dot] : Name;

    /// <summary>Finds the tensors of floats of both models.</summary>
    /// <exception cref="LoraExtractionException">The models have other tensors or shapes.</exception>
    public static List<ChangedTensor> Match(TensorSet tuned, TensorSet origin, LoraExtractionOptions options)
    {
        List<ChangedTensor> tensors = [];
        List<string> differences = [];
        foreach (string name in origin.Names)
        {
            origin.TryGet(name, out TensorSource? before);
            if (!tuned.TryGet(name, out TensorSource? after))
            {
                differences.Add($"'{name}' is missing in the fine-tune");
            }
            else if (after.Shape != before!.Shape)
            {
                differences.Add($"'{name}' has shape {after.Shape} in the fine-tune, {before.Shape} in the base");
            }
            else if (after.DataType.IsFloatingPoint && before.DataType.IsFloatingPoint && after.Shape.ElementCount > 0)
            {
                tensors.Add(Create(name, after, before, options));
            }
        }

        HashSet<string> known = [.. origin.Names];
        differences.AddRange(tuned.Names.Where(name => !known.Contains(name)).Select(name => $"'{name}' is missing in the base"));
        return differences.Count == 0 ? tensors : throw new LoraExtractionException(
            LoraExtractionError.ModelsDiffer,
            $"The models are not a base and its fine-tune: {string.Join("; ", differences.Take(NamedTensors))}{(differences.Count > NamedTensors ? $"; and {differences.Count - NamedTensors} more" : string.Empty)}.");
    }

    private static ChangedTensor Create(string name, TensorSource tuned, TensorSource origin, LoraExtractionOptions options)
    {
        string module = name.LastIndexOf('.') is int dot && dot > 0 ? name[..dot] : name;
        bool isEmbedding = TensorNames.IsInputEmbedding(name) || OtherEmbeddings.Contains(module[(module.LastIndexOf('.') + 1)..], StringComparer.Ordinal);
        bool isWeight = name.EndsWith(".weight", StringComparison.Ordinal) && tuned.Shape.Rank >= 2;
        LoraModuleKind kind = isEmbedding ? LoraModuleKind.Embedding : tuned.Shape.Rank > 2 ? LoraModuleKind.Convolution : LoraModuleKind.Linear;
        bool isTaken = (options.Include.Count == 0 || options.Include.Any(Matches)) && !options.Exclude.Any(Matches);
        bool isFactored = isWeight && (!isEmbedding || options.FactorsEmbeddings);
        bool isSaved = options.Others == OtherTensors.Save && name.Contains('.', StringComparison.Ordinal);
        TensorTreatment treatment = !isTaken ? TensorTreatment.Skip
            : isFactored ? TensorTreatment.Factor
            : isSaved ? TensorTreatment.Save
            : TensorTreatment.Skip;
        return new ChangedTensor(name, tuned, origin, kind, treatment);

        bool Matches(string filter) => module.Contains(filter, StringComparison.Ordinal);
    }
}
