using ModelAggregation.Merging;
using ModelAggregation.Merging.Recipes;
using ModelTensors.Devices;

namespace Documentation.Tests.Snippets;

// snippet: MedianMerge
/// <summary>The median of the models' weights, element by element.</summary>
public sealed class MedianMerge : MergeMethod
{
    public override string Name => "median";

    public override string Summary => "The median of the models' weights, element by element.";

    public override int MinimumModels => 2;

    public override void Merge(TensorMerge merge)
    {
        int count = merge.Inputs.Count;
        merge.Map((tile, output) =>
        {
            Span<float> values = stackalloc float[count];
            for (int i = 0; i < output.Length; i++)
            {
                for (int model = 0; model < count; model++)
                {
                    values[model] = tile[model][i];
                }

                values.Sort();
                output[i] = (values[(count - 1) / 2] + values[count / 2]) / 2;
            }
        });
    }
}
// end

// snippet: NormMatchedMerge
/// <summary>The mean of the models, scaled to the mean of their norms: one pass for the inner products, one to write.</summary>
public sealed class NormMatchedMerge : MergeMethod
{
    public override string Name => "norm_matched";

    public override string Summary => "The mean of the models, scaled to the mean of their norms.";

    public override IReadOnlyList<MergeParameter> Parameters => [new("strength", ParameterKind.Number, 1.0) { Minimum = 0, Maximum = 1 }];

    public override int Passes => 2;

    public override void Merge(TensorMerge merge)
    {
        int count = merge.Inputs.Count;
        GramMatrix gram = merge.Session.Gram([.. Enumerable.Range(0, count)]);
        double[] mean = [.. Enumerable.Repeat(1.0 / count, count)];
        double norm = Math.Sqrt(gram.SquaredNorm(mean));
        double wanted = Enumerable.Range(0, count).Average(gram.Norm);
        double strength = merge.Parameters.Number("strength");
        double scale = norm > 0 ? 1 + (strength * ((wanted / norm) - 1)) : 1;
        merge.Map(new WeightedSumMap([.. mean.Select((weight, input) => (input, weight * scale))]));
    }
}
// end
