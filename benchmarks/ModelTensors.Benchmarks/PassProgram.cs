using ModelTensors.Devices;

namespace ModelTensors.Benchmarks;

/// <summary>The programs of passes that merges run, over a base (0) and three models, and how many tensors a copy of the same mix reads.</summary>
internal sealed record PassProgram(string Name, int CopyInputs, Action<TensorDevice, PassTensors> Run)
{
    private const double Density = 0.5;

    public static IReadOnlyList<PassProgram> All { get; } =
    [
        new("linear of 3", 3, (device, tensors) => Map(device, tensors, [1, 2, 3], new WeightedSumMap((0, 0.3), (1, 0.3), (2, 0.4)))),
        new("task arithmetic of base + 3", 4, (device, tensors) => Map(device, tensors, [0, 1, 2, 3], Vectors(Sparsifier.KeepAll) with { Consensus = Consensus.None })),
        new("Gram of 2", 2, (device, tensors) => Open(device, tensors, [0, 1], session => session.Gram([0, 1]))),
        new("slerp (Gram, weighted sum)", 2, (device, tensors) => Open(device, tensors, [0, 1], session =>
        {
            session.Gram([0, 1]);
            session.Map(new WeightedSumMap((0, 0.3), (1, 0.7)), tensors.Output.Sink);
        })),
        new("karcher, multislerp (Gram of 3, weighted sum)", 3, (device, tensors) => Open(device, tensors, [1, 2, 3], session =>
        {
            session.Gram([0, 1, 2]);
            session.Map(new WeightedSumMap((0, 0.3), (1, 0.3), (2, 0.4)), tensors.Output.Sink);
        })),
        new("Gram of 3 differences", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session => session.Gram([1, 2, 3], 0))),
        new("model_stock (Gram of 3 differences, sum)", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session =>
        {
            session.Gram([1, 2, 3], 0);
            session.Map(Vectors(Sparsifier.KeepAll) with { Consensus = Consensus.None }, tensors.Output.Sink);
        })),
        new("model_stock, filter-wise", 4, (device, tensors) => Rows(device, tensors, VectorAxis.Rows, [1, 2, 3])),
        new("nuslerp of columns", 4, (device, tensors) => Rows(device, tensors, VectorAxis.Columns, [1, 2])),
        new("nearswap", 2, (device, tensors) => Map(device, tensors, [0, 1], new NearSwapMap(0, 1, 0.001))),
        new("ram of base + 3", 4, (device, tensors) => Map(device, tensors, [0, 1, 2, 3], new ActiveMeanMap(0, [(1, 1), (2, 1), (3, 1)], 1e-5))),
        new("ramplus_tl of base + 3", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session =>
        {
            session.CountActive([1, 2, 3], 0, 1e-5);
            session.Map(new ActiveMeanMap(0, [(1, 1), (2, 1), (3, 1)], 1e-5), tensors.Output.Sink);
        })),
        new("selection of 3", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session => Select(session))),
        new("TIES of base + 3", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session =>
        {
            IReadOnlyList<ElementSelection> selections = Select(session);
            session.Map(Vectors([.. selections.Select(Sparsifier.KeepSelected)]) with { Normalize = true }, tensors.Output.Sink);
        })),
        new("Breadcrumbs of base + 3", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session =>
            session.Map(Vectors(Middles(session)) with { Consensus = Consensus.None }, tensors.Output.Sink))),
        new("Breadcrumbs-TIES", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session =>
            session.Map(Vectors(Middles(session)), tensors.Output.Sink))),
        new("SCE of base + 3", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session =>
        {
            SelectionRequest request = new(SelectionKey.Variance([1, 2, 3]), 0) { ShareOfNonZero = Density };
            TaskVectorMap map = Vectors(Sparsifier.KeepSelected(session.SelectLargest([request], 0)[0]));
            session.SumSquares(map.Vectors, 0);
            session.Map(map with { Consensus = Consensus.UnweightedSign, Normalize = true, SmallestDivisor = 1e-6 }, tensors.Output.Sink);
        })),
        new("magnitudes of 3, random", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session => session.SumMagnitudes(RandomVectors().Vectors, 0))),
        new("DARE-TIES of base + 3", 4, (device, tensors) => Map(device, tensors, [0, 1, 2, 3], RandomVectors())),
        new("DARE-TIES, l1 rescale", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session =>
        {
            session.SumMagnitudes(RandomVectors().Vectors, 0);
            session.Map(RandomVectors(), tensors.Output.Sink);
        })),
        new("ranks of 3, in rows of 4,096", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session => session.RankRows([1, 2, 3], (_, _, _) => { }, 0))),
        new("DELLA of base + 3, probability rescale", 4, (device, tensors) => Map(device, tensors, [0, 1, 2, 3], RankedVectors(rescale: true))),
        new("DELLA, l1 rescale", 4, (device, tensors) => Open(device, tensors, [0, 1, 2, 3], session =>
        {
            session.SumMagnitudes(RankedVectors(rescale: false).Vectors, 0);
            session.Map(RankedVectors(rescale: false), tensors.Output.Sink);
        })),
    ];

    private static TaskVectorMap RankedVectors(bool rescale) =>
        Vectors([.. Enumerable.Range(0, 3).Select(i => Sparsifier.KeepByRank(new PhiloxKey((uint)i, 7), Density, 0.15, rescale))]) with { Normalize = true };

    private static TaskVectorMap RandomVectors() =>
        Vectors([.. Enumerable.Range(0, 3).Select(i => Sparsifier.KeepRandom(new PhiloxKey((uint)i, 7), Density))]);

    private static TaskVectorMap Vectors(params Sparsifier[] sparsifiers) => new(0,
        [.. Enumerable.Range(0, 3).Select(i => new TaskVector(i + 1, 0.3, sparsifiers[i % sparsifiers.Length]))])
    {
        Consensus = Consensus.WeightedSign,
    };

    private static IReadOnlyList<ElementSelection> Select(TensorSession session)
    {
        long count = session.Segments.ElementCount;
        return session.SelectLargest([new(1, count / 2), new(2, count / 5), new(3, count / 3)], 0);
    }

    /// <summary>Reads the Gram matrix of each row or column and writes a sum with weights for each.</summary>
    private static void Rows(TensorDevice device, PassTensors tensors, VectorAxis axis, int[] models) => Open(device, tensors, [0, 1, 2, 3], session =>
    {
        int count = session.Gram(models, axis, 0).Count;
        float[] weights = new float[count];
        Array.Fill(weights, 0.3f);
        session.Map(new VectorSumMap(axis, [.. models.Select(model => (model, (ReadOnlyMemory<float>)weights))]) { Origin = 0 }, tensors.Output.Sink);
    });

    private static Sparsifier[] Middles(TensorSession session)
    {
        long count = session.Segments.ElementCount;
        IReadOnlyList<ElementSelection> selections = session.SelectLargest(
            [new(1, count / 2), new(1, count / 100), new(2, count / 5), new(2, count / 100), new(3, count / 3), new(3, count / 50)], 0);
        return [.. selections.Chunk(2).Select(pair => Sparsifier.KeepBetween(pair[0], pair[1]))];
    }

    private static void Map(TensorDevice device, PassTensors tensors, int[] inputs, MapPass pass) =>
        Open(device, tensors, inputs, session => session.Map(pass, tensors.Output.Sink));

    private static void Open(TensorDevice device, PassTensors tensors, int[] inputs, Action<TensorSession> run)
    {
        using TensorSession session = device.Open(tensors.Sources(inputs));
        run(session);
    }
}
