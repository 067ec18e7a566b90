using ModelAggregation.Merging;
using ModelAggregation.Merging.Planning;
using ModelAggregation.Merging.Recipes;

namespace ModelAggregation.Tests.Merging;

/// <summary>Methods with the parameters of the library's own and no arithmetic: planning needs no more.</summary>
internal static class FakeMethods
{
    private static readonly MergeParameter Weight = new("weight", ParameterKind.Number) { PerModel = true };
    private static readonly MergeParameter Density = new("density", ParameterKind.Number, 1) { PerModel = true, Minimum = 0, MinimumIsExclusive = true, Maximum = 1 };
    private static readonly MergeParameter Lambda = new("lambda", ParameterKind.Number, 1);
    private static readonly MergeParameter Mask = new("int8_mask", ParameterKind.Boolean, false);

    public static MergeMethodRegistry Registry() => new MergeMethodRegistry()
        .Add(new FakeMethod("linear", [Weight, Flag("normalize", true)]))
        .Add(new FakeMethod("slerp", [new MergeParameter("t", ParameterKind.Number)]) { Base = BaseModelRole.Required, Least = 2, Most = 2 })
        .Add(new FakeMethod("task_arithmetic", [Weight, Lambda, Flag("normalize", false)]) { Base = BaseModelRole.Required, Least = 2 })
        .Add(new FakeMethod("ties", [Weight, Density, Lambda, Flag("normalize", true), Flag("rescale", false), Mask]) { Base = BaseModelRole.Required, Least = 2, Reads = 2 })
        .Add(new FakeMethod("dare_ties", [Weight, Density, Lambda, Flag("normalize", false), Flag("rescale", true), Mask]) { Base = BaseModelRole.Required, Least = 2 })
        .Add(new FakeMethod("passthrough", [new MergeParameter("scale", ParameterKind.Number) { PerModel = true, IsOptional = true }]) { Most = 1 });

    private static MergeParameter Flag(string name, bool value) => new(name, ParameterKind.Boolean, value);
}

internal sealed class FakeMethod(string name, IReadOnlyList<MergeParameter> parameters) : MergeMethod
{
    public override string Name => name;

    public override string Summary => "Only for planning.";

    public override IReadOnlyList<MergeParameter> Parameters => parameters;

    public BaseModelRole Base { get; init; }

    public int Least { get; init; } = 1;

    public int Most { get; init; } = int.MaxValue;

    public int Reads { get; init; } = 1;

    public Func<PlannedTensor, IEnumerable<string>> Rule { get; init; } = _ => [];

    public override BaseModelRole BaseModel => Base;

    public override int MinimumModels => Least;

    public override int MaximumModels => Most;

    public override int Passes => Reads;

    public override IEnumerable<string> Validate(PlannedTensor tensor) => Rule(tensor);

    public override void Merge(TensorMerge merge) => throw new NotSupportedException();
}
