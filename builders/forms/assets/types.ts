/** What the server tells of field types and of the app's forms. */
import { get } from "../../../engine/web/assets/base/http";
import { t } from "../../../engine/web/assets/base/language";
import type { Doc } from "./delta";

export interface Schema extends Doc {
  type?: string; enum?: string[]; minimum?: number; maximum?: number; maxLength?: number; minItems?: number;
  properties?: Record<string, Schema>; required?: string[]; items?: Schema; oneOf?: Schema[];
  "x-label"?: Record<string, string>; "x-hint"?: Record<string, string>; "x-labels"?: Record<string, Record<string, string>>;
  "x-group"?: string; "x-kind"?: string; "x-of"?: string; "x-types"?: string[]; "x-with"?: string[]; "x-without"?: string[];
  /** What holds where nothing is set: always, or by the value of another property. */
  "x-standing"?: unknown; "x-standing-by"?: Record<string, Record<string, unknown>>;
  "x-follows"?: boolean; "x-simple"?: boolean; "x-offered"?: boolean; "x-found"?: string[];
}
export interface FieldType {
  label: string; icon: string; computed: boolean; layout: boolean; wide: boolean; inside: boolean; linkable?: boolean; input: string;
  properties: Record<string, Schema>; required: string[];
}
export interface ActionType { label: string; hint: string; properties: Record<string, Schema>; required: string[] }
export interface OtherForm { key: string; label: string; icon: string }
export interface OtherField { path: string; key: string; label: string; type: string; shown: string; form: string | null; inside: string | null }
interface Answer { types: Record<string, FieldType>; actions: Record<string, ActionType>; groups: { key: string; label: string }[]; forms: OtherForm[]; departments: { id: number; label: string }[] }

const UNKNOWN: FieldType = { label: "", icon: "forms", computed: false, layout: false, wide: false, inside: false, input: "", properties: {}, required: [] };

export class Types {
  #fields = new Map<string, Promise<OtherField[]>>();

  private constructor(readonly url: string, private readonly answer: Answer) {}

  static async open(url: string): Promise<Types> {
    return new Types(url, await get<Answer>(`${url}/types`));
  }

  of(name: string): FieldType {
    return this.answer.types[name] ?? { ...UNKNOWN, label: t("未知类型 {name}", "Unknown type {name}", { name }) };
  }

  get groups(): Answer["groups"] {
    return this.answer.groups;
  }

  get forms(): OtherForm[] {
    return this.answer.forms;
  }

  /** What a button can do, in the order in which it is offered. */
  get actions(): Answer["actions"] {
    return this.answer.actions;
  }

  get departments(): Answer["departments"] {
    return this.answer.departments;
  }

  /** The fields of another form; asked for once. */
  fieldsOf(form: string): Promise<OtherField[]> {
    let found = this.#fields.get(form);
    if (!found) {
      found = get<{ fields: OtherField[] }>(`${this.url}/fields/${form}`).then(({ fields }) => fields, () => []);
      this.#fields.set(form, found);
    }
    return found;
  }
}
