using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Mixture.Routers;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Mixture.Planning;

/// <summary>Hashes what decides a mixture's bytes, and nothing that depends on the machine.</summary>
internal static class MixturePlanHash
{
    // Raise it when mixtures of the same recipe and files change.
    private const string Format = "mixture 1";

    public static string Compute(MixtureRecipe recipe, IEnumerable<MixtureModel> models, IEnumerable<MixtureTensor> tensors, JsonObject config)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        PlanHash.Add(hash, Format);
        foreach (Type type in (ReadOnlySpan<Type>)[typeof(MixturePlanHash), typeof(TensorSet)])
        {
            PlanHash.Add(hash, type.Assembly.GetName().Version?.ToString() ?? string.Empty);
        }

        StableNames names = new(recipe.References());
        MixtureRecipe named = recipe with
        {
            DenseModel = names.Of(recipe.DenseModel),
            Experts = [.. recipe.Experts.Select(expert => Renamed(expert, names.Of(expert.Model)))],
        };
        PlanHash.Add(hash, named.ToYaml());
        PlanHash.Add(hash, config.ToJsonString());
        foreach (MixtureModel model in models)
        {
            PlanHash.Add(hash, model.ToPlanned());
        }

        foreach (TensorInfo tensor in tensors.Select(tensor => tensor.Output))
        {
            PlanHash.Add(hash, $"{tensor.Name} {tensor.DataType.SafetensorsName} {tensor.Shape}");
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Hashes the weights of routers.</summary>
    public static string Compute(IReadOnlyList<Router> routers)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, HostTensor tensor) in routers.SelectMany(router => router.Tensors))
        {
            PlanHash.Add(hash, $"{name} {tensor.Shape}");
            hash.AppendData(MemoryMarshal.AsBytes(tensor.ToSingles().AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static MixtureExpert Renamed(MixtureExpert expert, string name) => new(name)
    {
        PositivePrompts = expert.PositivePrompts,
        NegativePrompts = expert.NegativePrompts,
        NoiseScale = expert.NoiseScale,
        ResidualScale = expert.ResidualScale,
    };
}
