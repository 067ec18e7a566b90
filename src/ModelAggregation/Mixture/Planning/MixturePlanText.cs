using System.Text;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;
using ModelTensors;

namespace ModelAggregation.Mixture.Planning;

/// <summary>Writes plans of mixtures for people.</summary>
internal static class MixturePlanText
{
    public static string Write(MixturePlan plan, int maxTensors)
    {
        StringBuilder text = new();
        string what = plan.Level switch
        {
            MixtureLevel.FeedForward => "feed-forward blocks",
            MixtureLevel.Block => "layers, a router each",
            _ => "layers, one router for all",
        };
        string input = plan.Input == RouterInput.Token ? "each token" : $"each sequence, by the {RecipeWords.Word(plan.Recipe.Pooling)} of its prompt";
        Line(text, $"mixture of {what}: {plan.ExpertCount} experts, {plan.ExpertsPerToken} for {input}; {plan.DenseLayerCount} of {plan.LayerCount} layers dense");
        Line(text, $"{plan.Tensors.Count} tensors, {plan.ParameterCount:N0} parameters, {plan.OutputDataType.SafetensorsName}; writes {PlanText.Size(plan.OutputBytes)}, takes {PlanText.Size(MixtureBuilder.EstimateMemory(plan))} of memory");
        Line(text, $"{plan.RouterCount} routers of kind {RecipeWords.Word(plan.Recipe.Router)} on {plan.HiddenSize} inputs");
        Line(text, $"hash {plan.Hash}");
        Line(text, $"dense model {plan.DenseModel.Reference}: embeddings, head, final norm, tokenizer{(plan.Level == MixtureLevel.FeedForward ? ", attention and norms of all layers" : string.Empty)}");
        for (int expert = 0; expert < plan.ExpertCount; expert++)
        {
            Line(text, $"expert {expert} {plan.Experts[expert].Reference}");
        }

        if (plan.Warnings.Count > 0)
        {
            Line(text, "warnings");
            foreach (string warning in plan.Warnings)
            {
                Line(text, $"  {warning}");
            }
        }

        foreach (MixtureTensor tensor in plan.Tensors.Take(maxTensors))
        {
            Line(text, $"{tensor.Name} {tensor.Output.DataType.SafetensorsName} {tensor.Output.Shape}{(tensor.Router is { } router ? $" router {router}" : string.Empty)}");
            foreach (MixtureInput from in tensor.Inputs)
            {
                Line(text, $"  {from.Model}:{from.TensorName}{(from.Expert is { } expert ? $" (expert {expert})" : string.Empty)}");
            }
        }

        if (maxTensors > 0 && plan.Tensors.Count > maxTensors)
        {
            Line(text, $"and {plan.Tensors.Count - maxTensors} more tensors");
        }

        return text.ToString();
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
