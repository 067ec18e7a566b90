using System.Text.Json.Nodes;
using ModelAggregation.Mixture.Planning;
using ModelAggregation.Mixture.Routers;
using ModelTensors;

namespace ModelAggregation.Mixture.Execution;

/// <summary>The tensors of a mixture, each in the type of the output, with its routers in F32, and its configuration.</summary>
internal sealed class MixtureContent
{
    private MixtureContent(IReadOnlyList<OutputTensor> tensors, JsonObject config, string routersHash)
    {
        Tensors = tensors;
        Config = config;
        RoutersHash = routersHash;
    }

    /// <summary>Gets the tensors in the plan's order.</summary>
    public IReadOnlyList<OutputTensor> Tensors { get; }

    /// <summary>Gets the configuration.</summary>
    public JsonObject Config { get; }

    /// <summary>Gets a hash of the weights of the routers.</summary>
    public string RoutersHash { get; }

    /// <summary>Puts routers into a plan.</summary>
    /// <exception cref="ArgumentException">They are not those that the plan asks for.</exception>
    public static MixtureContent Of(MixturePlan plan, IReadOnlyList<Router> routers)
    {
        Check(plan, routers);
        List<OutputTensor> tensors = [];
        int placed = 0;
        foreach (MixtureTensor tensor in plan.Tensors)
        {
            if (tensor.Router is not { } router)
            {
                tensors.Add(Of(tensor, plan.OutputDataType));
            }
            else if (router == placed)
            {
                // What is written are the routers as they are, bit for bit, whatever size the plan counted with.
                tensors.AddRange(routers[router].Tensors.Select(part => new OutputTensor(
                    new TensorInfo($"{plan.RouterPaths[router]}.{part.Key}", part.Value.DataType, part.Value.Shape), part.Value.Source)));
                placed++;
            }
        }

        JsonObject config = plan.Config;
        if (plan.Recipe.Router == RouterKind.Mlp && routers.Count > 0)
        {
            MixtureConfig.SetRouter(config, RouterKind.Mlp, HiddenUnits(routers[0]));
        }

        return new MixtureContent(tensors, config, MixturePlanHash.Compute(routers));
    }

    private static OutputTensor Of(MixtureTensor tensor, DataType type)
    {
        TensorSource[] parts = [.. tensor.Inputs.Select(input => ConvertedSource.Of(input.Source, type))];
        return new OutputTensor(tensor.Output, parts.Length == 1 && parts[0].Shape == tensor.Output.Shape ? parts[0] : new JoinedSource(parts, tensor.Output.Shape));
    }

    private static void Check(MixturePlan plan, IReadOnlyList<Router> routers)
    {
        ArgumentNullException.ThrowIfNull(routers);
        if (routers.Count != plan.RouterCount)
        {
            throw new ArgumentException($"{routers.Count} routers are given; the plan has {plan.RouterCount}.", nameof(routers));
        }

        for (int index = 0; index < routers.Count; index++)
        {
            Router router = routers[index];
            if (router.Kind != plan.Recipe.Router || router.ExpertCount != plan.ExpertCount || router.HiddenSize != plan.HiddenSize)
            {
                throw new ArgumentException(
                    $"Router {index} is of kind {router.Kind} for {router.ExpertCount} experts and {router.HiddenSize} inputs; the plan asks for {plan.Recipe.Router}, {plan.ExpertCount} and {plan.HiddenSize}.",
                    nameof(routers));
            }

            // One number in the configuration tells the size of all.
            if (router.Kind == RouterKind.Mlp && HiddenUnits(router) != HiddenUnits(routers[0]))
            {
                throw new ArgumentException($"Router {index} has {HiddenUnits(router)} hidden units, router 0 has {HiddenUnits(routers[0])}; all have the same number.", nameof(routers));
            }
        }
    }

    private static int HiddenUnits(Router router) => ((MlpRouter)router).InnerSize;
}
