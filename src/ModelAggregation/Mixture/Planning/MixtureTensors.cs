using ModelAggregation.Merging.Planning;
using ModelAggregation.Mixture.Execution;
using ModelTensors;

namespace ModelAggregation.Mixture.Planning;

/// <summary>Lists the tensors of a mixture: those before the layers, the layers in ascending order, those after.</summary>
internal sealed class MixtureTensors(MixtureRecipe recipe, MixtureModel dense, IReadOnlyList<MixtureModel> experts, DataType type)
{
    private const string DownSuffix = ".mlp.down_proj.weight";
    private const string DownBiasSuffix = ".mlp.down_proj.bias";

    private readonly List<MixtureTensor> _tensors = [];
    private int _routers;

    public IReadOnlyList<MixtureTensor> List()
    {
        string[] outside = [.. dense.Outside.Keys.Where(name => !IsTiedHead(name)).Order(StringComparer.Ordinal)];
        AddOutside(outside.Where(TensorNames.IsBeforeLayers));
        for (int layer = 0; layer < dense.LayerCount; layer++)
        {
            if (layer < recipe.DenseLayers)
            {
                AddDense(layer);
            }
            else if (recipe.Level == MixtureLevel.FeedForward)
            {
                AddFeedForward(layer);
            }
            else
            {
                AddLayers(layer);
            }
        }

        AddOutside(outside.Where(name => !TensorNames.IsBeforeLayers(name)));
        return _tensors;
    }

    // A head beside tied embeddings is a copy of them.
    private bool IsTiedHead(string name) => dense.Tensors.Config!.TiesWordEmbeddings && string.Equals(name, MixtureNames.Head, StringComparison.Ordinal);

    private void AddOutside(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            Add(name, new MixtureInput(dense.Reference, expert: null, name, dense.Outside[name]));
        }
    }

    // At feed-forward level also dense blocks have Mixtral's names.
    private void AddDense(int layer)
    {
        foreach (string suffix in Suffixes(dense, layer))
        {
            string name = recipe.Level == MixtureLevel.FeedForward && MixtureNames.MixtralName(suffix) is { } mixtral ? $".mlp.{mixtral}.weight" : suffix;
            Add(MixtureNames.Layer(layer) + name, OfDense(layer, suffix));
        }
    }

    private void AddFeedForward(int layer)
    {
        foreach (string suffix in Suffixes(dense, layer).Where(suffix => MixtureNames.MixtralName(suffix) is null))
        {
            Add(MixtureNames.Layer(layer) + suffix, OfDense(layer, suffix));
        }

        AddRouter(layer);
        if (recipe.Layout == MixtureLayout.Classic)
        {
            for (int expert = 0; expert < experts.Count; expert++)
            {
                foreach (string suffix in MixtureNames.FeedForwardSuffixes)
                {
                    Add($"{MixtureNames.Expert(recipe.Level, layer, expert)}.{MixtureNames.MixtralName(suffix)}.weight", OfExpert(layer, expert, suffix));
                }
            }

            return;
        }

        (string gate, string down, string up) = (MixtureNames.FeedForwardSuffixes[0], MixtureNames.FeedForwardSuffixes[1], MixtureNames.FeedForwardSuffixes[2]);
        TensorShape shape = dense.Layer(layer)[gate].Shape;
        int[] numbers = [.. Enumerable.Range(0, experts.Count)];
        AddPacked(
            MixtureNames.Layer(layer) + MixtureNames.GateUp,
            new TensorShape(experts.Count, 2 * shape[0], shape[1]),
            [.. numbers.SelectMany(expert => new[] { OfExpert(layer, expert, gate), OfExpert(layer, expert, up) })]);
        AddPacked(MixtureNames.Layer(layer) + MixtureNames.Down, new TensorShape(experts.Count, shape[1], shape[0]), [.. numbers.Select(expert => OfExpert(layer, expert, down))]);
    }

    private void AddLayers(int layer)
    {
        if (recipe.Level == MixtureLevel.Block || layer == recipe.DenseLayers)
        {
            AddRouter(layer);
        }

        for (int expert = 0; expert < experts.Count; expert++)
        {
            foreach (string suffix in Suffixes(experts[expert], layer))
            {
                Add(MixtureNames.Expert(recipe.Level, layer, expert) + suffix, OfExpert(layer, expert, suffix));
            }
        }
    }

    private void AddRouter(int layer)
    {
        string gate = MixtureNames.Gate(recipe.Level, recipe.Layout, layer);
        long width = dense.Outside[MixtureNames.Embedding].Shape[1];
        (string Suffix, TensorShape Shape)[] parts = recipe.Router == RouterKind.Linear
            ? [("weight", new TensorShape(experts.Count, width))]
            :
            [
                ("0.weight", new TensorShape(recipe.RouterHiddenSize, width)), ("0.bias", new TensorShape(recipe.RouterHiddenSize)),
                ("2.weight", new TensorShape(experts.Count, recipe.RouterHiddenSize)), ("2.bias", new TensorShape(experts.Count)),
            ];

        // Rounded to the type of the output they would route otherwise than was scored, those of fitted routers far from it.
        _tensors.AddRange(parts.Select(part => new MixtureTensor(new TensorInfo($"{gate}.{part.Suffix}", DataType.F32, part.Shape), [], _routers)));
        _routers++;
    }

    private static IEnumerable<string> Suffixes(MixtureModel model, int layer) => model.Layer(layer).Keys.Order(StringComparer.Ordinal);

    private MixtureInput OfDense(int layer, string suffix) => new(dense.Reference, expert: null, MixtureNames.Layer(layer) + suffix, dense.Layer(layer)[suffix]);

    private MixtureInput OfExpert(int layer, int expert, string suffix)
    {
        MixtureExpert settings = recipe.Experts[expert];
        string name = MixtureNames.Layer(layer) + suffix;
        TensorSource source = experts[expert].Layer(layer)[suffix];
        double noise = MixtureNames.MixtralName(suffix) is null ? 0 : settings.NoiseScale;
        double factor = suffix is DownSuffix or DownBiasSuffix ? settings.ResidualScale : 1;
        if (noise != 0 || factor != 1)
        {
            // By the number of the expert: two experts of one model differ by their noise alone.
            source = new AlteredSource(source, noise, Philox.DeriveKey(recipe.Seed, name, $"noise of expert {expert}"), factor);
        }

        return new MixtureInput(experts[expert].Reference, expert, name, source);
    }

    private void Add(string name, MixtureInput input) => _tensors.Add(new MixtureTensor(new TensorInfo(name, type, input.Source.Shape), [input]));

    private void AddPacked(string name, TensorShape shape, MixtureInput[] inputs) => _tensors.Add(new MixtureTensor(new TensorInfo(name, type, shape), inputs));
}
