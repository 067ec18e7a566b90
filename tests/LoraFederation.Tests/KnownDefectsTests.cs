using LoraFederation.Aggregators;
using LoraFederation.Rounds;
using LoraFederation.Rounds.Selection;
using LoraFederation.Tests.Testing;
using LoraFederation.Weighting;
using ModelSdk.Testing;
using ModelTensors;
using ModelTensors.Adapters;
using ModelTensors.Devices.Cpu;
using ModelTensors.Safetensors;

namespace LoraFederation.Tests;

/// <summary>The defects that are known of FLoRA's published code, one test each, numbered as in docs/aggregators.md: ours behaves.</summary>
public sealed class KnownDefectsTests
{
    private static readonly CpuDevice Device = new(new CpuDeviceOptions { Threads = 1 });

    [Test]
    public void Defect01_FedIt_IsTheMeanOfAllClients_NotTheFirstAlone()
    {
        ClientUpdate[] updates = [.. Enumerable.Range(0, 4).Select(client => Update($"{client}", 1, RandomFederation.Module("m", 1, 1, 1, [client], [1])))];
        AggregationResult result = Aggregate(new FedItAggregator(), updates);
        Assert.That(Dense.Values(result.Adapter.Modules[0].A), Is.EqualTo([1.5f]));
    }

    [Test]
    public void Defect02_Rank_IsTheSumOverParticipants_AlsoOfSome_AndTheFolderLoads([Values(1, 2, 4)] int participants)
    {
        int[] ranks = [64, 32, 7, 4];
        using TestFolder folder = new();
        ClientUpdate[] updates = [.. ranks.Take(participants).Select((rank, client) => Random($"{client}", outputs: 12, inputs: 10, rank))];
        AggregationResult result = Aggregate(new FloraAggregator(), updates);
        result.Save(folder["out"]);
        using LoraAdapter read = LoraAdapter.Open(folder["out"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.Config.Rank, Is.EqualTo(ranks.Take(participants).Sum()));
            Assert.That(Dense.RelativeError(Dense.Product(read.Modules[0]), Dense.Sum(updates, "m")), Is.LessThan(1e-6));
        }
    }

    [Test]
    public void Defect03_Scalings_OfEveryClientCount_AlsoRankStabilized()
    {
        using TestFolder folder = new();
        ClientUpdate[] updates = [Saved(folder, "a", rank: 4, alpha: 16, isRankStabilized: false), Saved(folder, "b", rank: 9, alpha: 2, isRankStabilized: true)];
        AggregationResult result = Aggregate(new FloraAggregator(), updates);
        double[] expected = [.. Dense.Product(Plain(updates[0]), 4 * 0.5).Zip(Dense.Product(Plain(updates[1]), 2 / 3.0 * 0.5), (left, right) => left + right)];
        Assert.That(Dense.RelativeError(Dense.Effect(result, "m"), expected), Is.LessThan(1e-6));
        foreach (ClientUpdate update in updates)
        {
            update.Adapter.Dispose();
        }
    }

    [Test]
    public void Defect04_ZeroPadding_HasTheClientsScaling()
    {
        // Two clients of the same update at ranks 1 and 3: the mean of the shared component, scaled as the clients scale it.
        ClientUpdate[] updates =
        [
            Update("a", 1, RandomFederation.Module("m", 1, 1, 1, [1], [1], scaling: 2)),
            Update("b", 1, RandomFederation.Module("m", 1, 1, 3, [1, 0, 0], [1, 0, 0], scaling: 2)),
        ];
        AggregationResult result = Aggregate(new ZeroPaddingAggregator(), updates);
        Assert.That(Dense.Effect(result, "m"), Is.EqualTo([2.0]).Within(1e-6));
    }

    [Test]
    public void Defect05_ZeroPadding_RunsFromFolderToFolder()
    {
        using TestFolder folder = new();
        foreach (ClientUpdate update in (ClientUpdate[])[Random("a", 12, 10, 4), Random("b", 12, 10, 2)])
        {
            update.Adapter.Save(folder[update.ClientId], Device);
        }

        using (LoraAdapter a = LoraAdapter.Open(folder["a"]))
        using (LoraAdapter b = LoraAdapter.Open(folder["b"]))
        {
            Aggregate(new ZeroPaddingAggregator(), [new ClientUpdate("a", a), new ClientUpdate("b", b)]).Save(folder["out"]);
        }

        using LoraAdapter read = LoraAdapter.Open(folder["out"]);
        Assert.That(read.Modules.Select(module => (module.Rank, module.Scaling)), Is.EqualTo([(4L, 1.0)]));
    }

    [Test]
    public void Defect06_AStack_IsNeverPadded()
    {
        AggregationResult result = Aggregate(new FloraAggregator(), [Random("a", 30, 20, 5), Random("b", 30, 20, 2)]);
        Assert.That(result.Adapter.Modules[0].Rank, Is.EqualTo(7));
    }

    [TestCase(64, 8, 64, 20)]
    [TestCase(8, 64, 64, 20)]
    [TestCase(16, 16, 16, 20)]
    [TestCase(16, 16, 20, 16)]
    public void Defect07_Factors_AreToldByName_WhereAnOutputOrInputEqualsARank(int firstRank, int secondRank, int outputs, int inputs)
    {
        using TestFolder folder = new();
        ClientUpdate[] updates = [Random("a", outputs, inputs, firstRank), Random("b", outputs, inputs, secondRank)];
        foreach (ClientUpdate update in updates)
        {
            update.Adapter.Save(folder[update.ClientId], Device);
        }

        ClientUpdate[] read = [.. updates.Select(update => new ClientUpdate(update.ClientId, LoraAdapter.Open(folder[update.ClientId])))];
        AggregationResult result = Aggregate(new FloraAggregator(), read);
        Assert.That(Dense.RelativeError(Dense.Effect(result, "m"), Dense.Sum(updates, "m")), Is.LessThan(1e-6));
        foreach (ClientUpdate update in read)
        {
            update.Adapter.Dispose();
        }
    }

    [Test]
    public void Defect08_WholeTensors_AreWeightedMeans()
    {
        AggregationResult result = Aggregate(new FloraAggregator(), [WithWhole("a", 1, [1, 2]), WithWhole("b", 3, [5, 10])]);
        Assert.That(Dense.Values(result.Adapter.WholeTensors["score.weight"]), Is.EqualTo([4f, 8]));
    }

    [Test]
    public void Defect09_Biases_OfOneDimension_AreSummedWithScalings()
    {
        AggregationResult result = Aggregate(new FloraAggregator(), [WithBias("a", 1, scaling: 2, [1, 2]), WithBias("b", 3, scaling: 4, [5, 10])]);
        Assert.That(Dense.Values(result.Adapter.Modules[0].Bias!), Is.EqualTo([(0.25f * 2) + (0.75f * 4 * 5), 1 + 30]));
    }

    [Test]
    public void Defect09_DoRA_IsRefusedByName()
    {
        LoraModule plain = RandomFederation.Module("layer.q_proj", 2, 2, 1, [1, 1], [1, 1]);
        LoraModule dora = new(plain.Path, plain.Kind, plain.A, plain.B, 1, magnitude: HostTensor.FromSingles([1, 1], new TensorShape(2)).Source);
        FederationException error = Assert.Throws<FederationException>(() => Aggregate(new FloraAggregator(), [Update("a", 1, plain), Update("b", 1, dora)]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.Unsupported));
            Assert.That(error.Message, Does.Contain("DoRA").And.Contain("'b'").And.Contain("layer.q_proj"));
        }
    }

    [Test]
    public void Defect10_Modules_ThatOnlySomeClientsHave_FollowThePolicy()
    {
        ClientUpdate[] updates =
        [
            Update("a", 1, RandomFederation.Module("m", 1, 1, 1, [1], [1]), RandomFederation.Module("only", 1, 1, 1, [1], [8])),
            Update("b", 3, RandomFederation.Module("m", 1, 1, 1, [1], [1])),
        ];
        AggregationRecipe recipe = AggregationRecipe.Flora;
        LoraFederator federator = new(Device);
        FederationException error = Assert.Throws<FederationException>(() => federator.Aggregate(recipe with { Missing = MissingModulePolicy.Fail }, updates))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Dense.Effect(federator.Aggregate(recipe, updates), "only"), Is.EqualTo([2.0]));
            Assert.That(Dense.Effect(federator.Aggregate(recipe with { Missing = MissingModulePolicy.RenormalizePresent }, updates), "only"), Is.EqualTo([8.0]));
            Assert.That(error.Error, Is.EqualTo(FederationError.MissingModule));
            Assert.That(error.Message, Does.Contain("'only'").And.Contain("'b'"));
        }
    }

    [Test]
    public void Defect11_AdaLora_IsFoldedOnRead_AndCountsOnce()
    {
        using TestFolder folder = new();
        Directory.CreateDirectory(folder["ada"]);
        File.WriteAllText(folder["ada", "adapter_config.json"], """{"peft_type": "ADALORA", "r": 8, "init_r": 2, "target_r": 1, "lora_alpha": 4, "target_modules": ["m"]}""");
        (string Name, TensorShape Shape, float[] Values)[] tensors =
        [
            ("base_model.model.m.lora_A", new TensorShape(2, 2), [1, 2, 3, 4]),
            ("base_model.model.m.lora_B", new TensorShape(1, 2), [1, 1]),
            ("base_model.model.m.lora_E", new TensorShape(2, 1), [10, -1]),
        ];
        SafetensorsHeader header = SafetensorsHeader.Create(tensors.Select(tensor => new TensorInfo(tensor.Name, DataType.F32, tensor.Shape)));
        using (SafetensorsFileWriter writer = SafetensorsFileWriter.Create(folder["ada", "adapter_model.safetensors"], header))
        {
            foreach ((string name, _, float[] values) in tensors)
            {
                writer.GetSink(name).Write(0, System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values));
            }

            writer.Flush();
        }

        using LoraAdapter ada = LoraAdapter.Open(folder["ada"]);
        AggregationResult result = Aggregate(new FloraAggregator(), [new ClientUpdate("a", ada), Update("b", 1, RandomFederation.Module("m", 1, 2, 1, [0, 0], [0]))]);

        // Half of alpha / (rank + 1e-5) · (10 [1 2] - [3 4]).
        double half = 0.5 * 4 / (2 + 1e-5);
        Assert.That(Dense.Effect(result, "m"), Is.EqualTo([half * 7, half * 16]).Within(1e-5));
    }

    [TestCase(0, 0, "sum 0")]
    [TestCase(double.NaN, 1, "'a' has the weight NaN")]
    [TestCase(1, -1, "'b' has the weight -1")]
    [TestCase(double.PositiveInfinity, 1, "'a' has the weight ∞")]
    public void Defect12_Weights_ThatMakeNoMean_AreRefused(double first, double second, string message)
    {
        Dictionary<string, double> weights = new(StringComparer.Ordinal) { ["a"] = first, ["b"] = second };
        AggregationRecipe recipe = AggregationRecipe.Flora with { Weights = new ExplicitWeighting(weights) };
        FederationException error = Assert.Throws<FederationException>(() => new LoraFederator(Device).Aggregate(recipe, [Random("a", 2, 2, 1), Random("b", 2, 2, 1)]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.Weights));
            Assert.That(error.Message.Replace("Infinity", "∞", StringComparison.Ordinal), Does.Contain(message));
        }
    }

    [Test]
    public void Defect13_Selection_IsAFunctionOfSeedAndRound_AndTouchesNoGlobalState()
    {
        FederatedClient[] clients = [.. Enumerable.Range(0, 20).Select(client => new FederatedClient($"{client}"))];
        ClientSelection selection = ClientSelection.Fraction(0.25);
        string[][] rounds = [.. Enumerable.Range(0, 8).Select(round => selection.Select(clients, round, 7).Select(client => client.Id).ToArray())];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rounds.Select(round => round.Length), Is.All.EqualTo(5));
            Assert.That(selection.Select([.. clients.Reverse()], 3, 7).Select(client => client.Id), Is.EqualTo(rounds[3]));
            Assert.That(rounds.Select(round => string.Join(',', round)), Is.Unique);
            Assert.That(string.Join(',', selection.Select(clients, 0, 8).Select(client => client.Id)), Is.Not.EqualTo(string.Join(',', rounds[0])));
        }
    }

    [Test]
    public void Defect15_Options_OutOfRange_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => ClientSelection.Fraction(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => ClientSelection.Fraction(double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new FederatedRunOptions { Rounds = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new FederatedRunOptions { Quorum = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => AggregationRecipe.Flora with { OutputType = DataType.I32 }, Throws.ArgumentException);
            Assert.That(() => new ClientUpdate("a", new LoraAdapter([RandomFederation.Module("m", 1, 1, 1, [1], [1])]), examples: -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [TestCase(float.NaN)]
    [TestCase(float.NegativeInfinity)]
    public void NonFiniteNumbers_AreRefused_WithClientAndTensor(float value)
    {
        ClientUpdate bad = Update("bad", 1, RandomFederation.Module("m", 1, 2, 1, [1, value], [1]));
        FederationException error = Assert.Throws<FederationException>(() => Aggregate(new FloraAggregator(), [Random("a", 1, 2, 1), bad]))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Error, Is.EqualTo(FederationError.NonFinite));
            Assert.That(error.Message, Does.Contain("'bad'").And.Contain("A of 'm'").And.Contain("1 numbers"));
        }
    }

    private static AggregationResult Aggregate(LoraAggregator aggregator, IEnumerable<ClientUpdate> updates) => new LoraFederator(Device).Aggregate(new AggregationRecipe(aggregator), updates);

    private static ClientUpdate Update(string client, long examples, params LoraModule[] modules) => new(client, new LoraAdapter(modules), examples);

    private static ClientUpdate Random(string client, int outputs, int inputs, int rank)
    {
        Random random = new(client[0] + (1000 * rank));
        return Update(client, 1, RandomFederation.Module("m", outputs, inputs, rank, RandomFederation.Normal(random, rank * inputs), RandomFederation.Normal(random, outputs * rank), scaling: 2));
    }

    private static ClientUpdate WithWhole(string client, long examples, float[] values) => new(
        client,
        new LoraAdapter(
            [RandomFederation.Module("m", 1, 1, 1, [1], [1])],
            new Dictionary<string, TensorSource>(StringComparer.Ordinal) { ["score.weight"] = HostTensor.FromSingles(values, new TensorShape(values.Length)).Source }),
        examples);

    private static ClientUpdate WithBias(string client, long examples, double scaling, float[] bias) => Update(
        client,
        examples,
        new LoraModule(
            "m",
            LoraModuleKind.Linear,
            HostTensor.FromSingles([1], new TensorShape(1, 1)).Source,
            HostTensor.FromSingles([1, 1], new TensorShape(2, 1)).Source,
            scaling,
            HostTensor.FromSingles(bias, new TensorShape(bias.Length)).Source));

    // The factors without their scaling.
    private static LoraModule Plain(ClientUpdate update)
    {
        LoraModule module = update.Adapter.Modules[0];
        return new LoraModule(module.Path, module.Kind, module.A, module.B);
    }

    private static ClientUpdate Saved(TestFolder folder, string client, int rank, int alpha, bool isRankStabilized)
    {
        Random(client, 12, 10, rank).Adapter.Save(folder[client], Device);
        string path = Path.Combine(folder[client], "adapter_config.json");
        System.Text.Json.Nodes.JsonObject config = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config["lora_alpha"] = alpha;
        config["use_rslora"] = isRankStabilized;
        File.WriteAllText(path, config.ToJsonString());
        return new ClientUpdate(client, LoraAdapter.Open(folder[client]));
    }
}
