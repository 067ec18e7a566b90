namespace ModelAggregation.Merging.Recipes;

/// <summary>A parameter of a module over that of its recipe: where the narrower setting has no value, the wider decides.</summary>
internal sealed record WiderScope(ParameterValue Narrow, ParameterValue Wide) : ParameterValue
{
    public override ParameterScalar? Evaluate(string tensorName, double position) =>
        Narrow.Evaluate(tensorName, position) ?? Wide.Evaluate(tensorName, position);

    /// <summary>Lays the parameters of a module over those of its recipe.</summary>
    public static ParameterSet Over(ParameterSet wide, ParameterSet narrow)
    {
        ParameterSet both = wide;
        foreach ((string name, ParameterValue value) in narrow)
        {
            both = both.With(name, wide.TryGet(name, out ParameterValue? wider) ? new WiderScope(value, wider) : value);
        }

        return both;
    }
}
