using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelTensors;
using ModelTensors.Checkpoints;

namespace ModelAggregation.Benchmarks;

/// <summary>A registered method with a recipe over the synthetic models: as many of them as the method takes.</summary>
internal sealed record MethodCase(MergeMethod Method, int Models, int Inputs)
{
    private const string Tensor = "layer.weight";

    private static readonly Lazy<(List<MethodCase> Cases, List<string> Refused)> Found = new(Find);

    /// <summary>Gets the methods that can be measured, by name.</summary>
    public static IReadOnlyList<MethodCase> All => Found.Value.Cases;

    /// <summary>Gets why each other method cannot: it needs more than models and the usual parameters.</summary>
    public static IReadOnlyList<string> Refused => Found.Value.Refused;

    /// <summary>Plans a case over tensors: of the base, then of the fine-tunes.</summary>
    public static MergePlan Plan(MergeMethod method, int models, IReadOnlyList<HostTensor> tensors) =>
        new ModelMerger(new MemoryModelResolver(SyntheticWeights.Names.Select((name, index) =>
            KeyValuePair.Create<string, TensorSet>(name, new MemoryTensorSet([new(Tensor, tensors[index])])))))
            .Plan(SyntheticWeights.Recipe(method, name => name, models));

    private static (List<MethodCase> Cases, List<string> Refused) Find()
    {
        List<MethodCase> cases = [];
        List<string> refused = [];
        HostTensor[] tensors = [.. SyntheticWeights.Names.Select(_ => new HostTensor(DataType.BF16, new TensorShape(2, 2)))];
        foreach (MergeMethod method in MergeMethodRegistry.CreateDefault().Methods)
        {
            string problem = string.Empty;
            MethodCase? found = null;
            for (int models = SyntheticWeights.Names.Length - 1; found is null && models > 0; models--)
            {
                try
                {
                    using MergePlan plan = Plan(method, models, tensors);
                    found = new MethodCase(method, models, plan.Tensors[0].Inputs.Count);
                }
                catch (MergePlanException exception)
                {
                    // A rule of the method's own about the number of models: fewer may do.
                    problem = exception.Message;
                }
            }

            if (found is not null)
            {
                cases.Add(found);
            }
            else
            {
                refused.Add($"{method.Name} is not measured: {problem}");
            }
        }

        Array.ForEach(tensors, tensor => tensor.Dispose());
        return (cases, refused);
    }
}
