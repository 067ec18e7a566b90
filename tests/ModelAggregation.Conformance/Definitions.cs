namespace ModelAggregation.Conformance;

/// <summary>What methods give by their formulas, in double, where the reference's own result is one of its defects.</summary>
internal static class Definitions
{
    /// <summary>Breadcrumbs, plainly added: the ranks from the largest on that neither gamma nor density drops.</summary>
    public static double[] Breadcrumbs(GoldenCase item)
    {
        float[] origin = Values(item, item.BaseModel!);
        double[] result = [.. origin.Select(value => (double)value)];
        foreach (string model in Models(item))
        {
            float[] delta = Deltas(item, model, origin);
            int kept = (int)Math.Floor(item.Number("density", model)!.Value * delta.Length);
            int dropped = (int)Math.Floor(item.Number("gamma", model)!.Value * delta.Length);
            foreach (int i in Enumerable.Range(0, delta.Length).OrderByDescending(i => Math.Abs(delta[i])).Skip(dropped).Take(kept))
            {
                result[i] += item.Number("weight", model)!.Value * delta[i];
            }
        }

        return result;
    }

    /// <summary>SCE of all elements, with weights that are shares of the sum of squares.</summary>
    public static double[] Sce(GoldenCase item)
    {
        float[] origin = Values(item, item.BaseModel!);
        float[][] deltas = [.. Models(item).Select(model => Deltas(item, model, origin))];
        double[] squares = [.. deltas.Select(delta => delta.Sum(value => (double)value * value))];
        return [.. origin.Select((from, i) =>
        {
            double sign = deltas.Sum(delta => (double)delta[i]) >= 0 ? 1 : -1;
            int[] agreeing = [.. Enumerable.Range(0, deltas.Length).Where(j => deltas[j][i] * sign > 0)];
            double divisor = agreeing.Sum(j => squares[j]) / squares.Sum();
            double mixed = agreeing.Sum(j => squares[j] * deltas[j][i]) / squares.Sum();
            return from + (mixed / Math.Max(divisor, 1e-6));
        })];
    }

    private static IEnumerable<string> Models(GoldenCase item) => item.Models.Where(model => !string.Equals(model, item.BaseModel, StringComparison.Ordinal));

    private static float[] Values(GoldenCase item, string model) => GoldenTensors.Inputs.Singles(item.Input(model));

    private static float[] Deltas(GoldenCase item, string model, float[] origin) => [.. Values(item, model).Zip(origin, (value, from) => value - from)];
}
