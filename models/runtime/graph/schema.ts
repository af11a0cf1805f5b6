import protobuf from 'protobufjs/light.js';

/**
 * The part of TensorFlow's schema that a SavedModel of one graph needs (tensorflow/core/framework/{graph,node_def,
 * attr_value,tensor,tensor_shape,versions}.proto, core/protobuf/{saved_model,meta_graph}.proto). Field numbers are theirs.
 */
const field = (id: number, type: string): protobuf.IField => ({ id, type });
const many = (id: number, type: string): protobuf.IField => ({ id, type, rule: 'repeated' });

const root = protobuf.Root.fromJSON({
  nested: {
    SavedModel: {
      fields: { savedModelSchemaVersion: field(1, 'int64'), metaGraphs: many(2, 'MetaGraph') },
    },
    MetaGraph: { fields: { metaInfoDef: field(1, 'MetaInfo'), graphDef: field(2, 'Graph') } },
    MetaInfo: { fields: { tags: many(4, 'string') } },
    Graph: { fields: { node: many(1, 'Node'), versions: field(4, 'Versions') } },
    Versions: { fields: { producer: field(1, 'int32'), minConsumer: field(2, 'int32') } },
    Node: {
      fields: {
        name: field(1, 'string'),
        op: field(2, 'string'),
        input: many(3, 'string'),
        attr: { id: 5, keyType: 'string', type: 'Attribute' } as protobuf.IMapField,
      },
    },
    Attribute: {
      oneofs: { value: { oneof: ['list', 's', 'i', 'f', 'b', 'type', 'shape', 'tensor'] } },
      fields: {
        list: field(1, 'AttributeList'),
        s: field(2, 'bytes'),
        i: field(3, 'int64'),
        f: field(4, 'float'),
        b: field(5, 'bool'),
        type: field(6, 'int32'),
        shape: field(7, 'Shape'),
        tensor: field(8, 'Tensor'),
      },
    },
    AttributeList: { fields: { i: many(3, 'int64'), f: many(4, 'float'), b: many(5, 'bool') } },
    Shape: { fields: { dim: many(2, 'Dimension') } },
    Dimension: { fields: { size: field(1, 'int64') } },
    Tensor: {
      fields: { dtype: field(1, 'int32'), tensorShape: field(2, 'Shape'), tensorContent: field(4, 'bytes') },
    },
  },
});

/** Values of an attribute, under the names of tensorflow/core/framework/attr_value.proto. */
export type Attribute =
  | { readonly s: Uint8Array }
  | { readonly i: number }
  | { readonly f: number }
  | { readonly b: boolean }
  | { readonly type: number }
  | { readonly shape: ShapeMessage }
  | { readonly tensor: { dtype: number; tensorShape: ShapeMessage; tensorContent: Uint8Array } }
  | { readonly list: { i?: readonly number[]; f?: readonly number[]; b?: readonly boolean[] } };

interface ShapeMessage {
  readonly dim: readonly { readonly size: number }[];
}

export interface NodeMessage {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Record<string, Attribute>;
}

export const shapeMessage = (shape: readonly number[]): ShapeMessage => ({
  dim: shape.map((size) => ({ size })),
});

/** Graph format written: that of TensorFlow 2.9 (2022); every later runtime reads it. */
const producer = 1087;

/** Tag under which the graph is found again. */
export const servingTag = 'serve';

/** The bytes of `saved_model.pb`. */
export const encodeSavedModel = (nodes: readonly NodeMessage[]): Uint8Array =>
  root
    .lookupType('SavedModel')
    .encode({
      savedModelSchemaVersion: 1,
      metaGraphs: [
        {
          metaInfoDef: { tags: [servingTag] },
          graphDef: { node: nodes, versions: { producer, minConsumer: 12 } },
        },
      ],
    })
    .finish();
